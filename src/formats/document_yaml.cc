#include <yaml-cpp/yaml.h>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/document.h"
#include "src/formats/yaml_json.h"

namespace ringback::formats {

class YamlDocumentParser {
 public:
  explicit YamlDocumentParser(std::string_view name) { document_.name_ = std::make_unique<std::string>(name); }

  Document parse(BytesView data) && {
    const std::string& name = *document_.name_;
    if (data.size() > kDocumentBytesMax) {
      fail("{}: expected at most {} bytes, found {}", name, kDocumentBytesMax, data.size());
    }
    const YAML::Node top = parse_yaml(name, data);
    value(top, document_.root_, 0);
    return std::move(document_);
  }

 private:
  [[noreturn]] void refuse(const YAML::Node& node, std::string_view expected, std::string_view found) const {
    fail("{}: expected {}, found {}", place_of(*document_.name_, node), expected, found);
  }

  void value(const YAML::Node& from, Node& node, int depth) {
    if (depth > kDocumentDepthMax) refuse(from, fmt::format("at most {} levels", kDocumentDepthMax), "more");
    if (++nodes_ > kDocumentNodesMax) refuse(from, fmt::format("at most {} values", kDocumentNodesMax), "more");
    node.name_ = document_.name_.get();
    const YAML::Mark mark = from.Mark();
    node.line_ = mark.is_null() ? 1 : mark.line + 1;
    switch (from.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return;
      case YAML::NodeType::Scalar:
        return scalar(from, node);
      case YAML::NodeType::Sequence:
        node.kind_ = Node::Kind::list;
        for (const YAML::Node& item : from) {
          node.items_.emplace_back();
          value(item, node.items_.back(), depth + 1);
        }
        return;
      case YAML::NodeType::Map:
        node.kind_ = Node::Kind::map;
        for (const auto& member : from) {
          if (!member.first.IsScalar()) refuse(member.first, "a plain key", "a collection");
          node.members_.emplace_back(member.first.Scalar(), Node());
          value(member.second, node.members_.back().second, depth + 1);
        }
        return;
    }
  }

  void scalar(const YAML::Node& from, Node& node) {
    const std::string& text = from.Scalar();
    const std::string& tag = from.Tag();
    bytes_ += text.size();
    if (bytes_ > 2 * kDocumentBytesMax) refuse(from, fmt::format("at most {} bytes", 2 * kDocumentBytesMax), "more");
    node.kind_ = Node::Kind::string;
    if (tag == "!binary" || tag == "tag:yaml.org,2002:binary") {
      node.text_ = binary(from, text);
      return;
    }
    node.text_ = text;
    if (tag != "?" && !tag.empty()) return;
    if (text == "null" || text == "~" || text.empty()) {
      node.kind_ = Node::Kind::null;
      node.text_.clear();
    } else if (text == "true" || text == "True" || text == "TRUE") {
      node.kind_ = Node::Kind::boolean;
      node.text_ = "true";
    } else if (text == "false" || text == "False" || text == "FALSE") {
      node.kind_ = Node::Kind::boolean;
      node.text_ = "false";
    } else if (const Bytes number = json_number_of_yaml(text); !number.empty()) {
      node.kind_ = Node::Kind::number;
      node.text_ = number;
    }
  }

  Bytes binary(const YAML::Node& from, const std::string& text) const {
    std::string packed;
    for (const char c : text) {
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') packed += c;
    }
    std::optional<Bytes> octets = base64_decode(packed);
    if (!octets.has_value()) refuse(from, "base64 after the tag for binary data", "something else");
    return std::move(*octets);
  }

  Document document_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

Document parse_yaml_document(std::string_view name, BytesView data) { return YamlDocumentParser(name).parse(data); }

}  // namespace ringback::formats
