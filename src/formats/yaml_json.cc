#include "src/formats/yaml_json.h"

#include <string>

#include <yaml-cpp/yaml.h>

#include "src/base/error.h"
#include "src/trace/event.h"
#include "src/wire/json_text.h"

namespace ringback::formats {

namespace {

constexpr std::string_view kQuotedTag = "!";
constexpr std::string_view kPlainTag = "?";

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

class Writer {
 public:
  Writer(std::string_view name, Bytes& out) : name_(name), out_(out) {}

  void value(const YAML::Node& node, int depth) {
    if (depth > kYamlDepthMax) {
      fail("{}: expected at most {} levels, found more", place_of(name_, node), kYamlDepthMax);
    }
    if (out_.size() > trace::kBodyBytesMax) {
      fail("{}: expected at most {} bytes of JSON, found more", place_of(name_, node), trace::kBodyBytesMax);
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        out_ += "null";
        return;
      case YAML::NodeType::Scalar:
        scalar(node);
        return;
      case YAML::NodeType::Sequence:
        sequence(node, depth);
        return;
      case YAML::NodeType::Map:
        map(node, depth);
        return;
    }
  }

 private:
  void scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const std::string& tag = node.Tag();
    if (tag == kQuotedTag || tag == "tag:yaml.org,2002:str") {
      wire::append_json_string(text, out_);
      return;
    }
    if (tag != kPlainTag && !tag.empty()) {
      fail("{}: expected plain data, found the tag {}", place_of(name_, node), tag);
    }
    const std::string number = json_number_of_yaml(text);
    if (text == "null" || text == "~" || text.empty()) {
      out_ += "null";
    } else if (text == "true" || text == "True" || text == "TRUE") {
      out_ += "true";
    } else if (text == "false" || text == "False" || text == "FALSE") {
      out_ += "false";
    } else if (!number.empty()) {
      out_ += number;
    } else {
      wire::append_json_string(text, out_);
    }
  }

  void sequence(const YAML::Node& node, int depth) {
    out_ += '[';
    bool is_first = true;
    for (const YAML::Node& element : node) {
      if (!is_first) out_ += ',';
      is_first = false;
      value(element, depth + 1);
    }
    out_ += ']';
  }

  void map(const YAML::Node& node, int depth) {
    out_ += '{';
    bool is_first = true;
    for (const auto& member : node) {
      if (!member.first.IsScalar()) fail("{}: expected a plain key, found a collection", place_of(name_, member.first));
      if (!is_first) out_ += ',';
      is_first = false;
      wire::append_json_string(member.first.Scalar(), out_);
      out_ += ':';
      value(member.second, depth + 1);
    }
    out_ += '}';
  }

  std::string_view name_;
  Bytes& out_;
};

}  // namespace

Bytes json_number_of_yaml(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('-')) rest.remove_prefix(1);
  const std::size_t whole = count_digits(rest);
  if (whole == 0 || (whole > 1 && rest[0] == '0')) return {};
  rest.remove_prefix(whole);
  if (rest.empty()) return std::string(text);
  if (!rest.starts_with('.')) return {};
  rest.remove_prefix(1);
  const std::size_t fraction = count_digits(rest);
  rest.remove_prefix(fraction);
  std::string number(text.substr(0, text.size() - rest.size()));
  if (fraction == 0) number += '0';
  if (rest.empty()) return number;
  if (rest[0] != 'e' && rest[0] != 'E') return {};
  if (rest.size() < 3 || (rest[1] != '-' && rest[1] != '+')) return {};
  if (count_digits(rest.substr(2)) != rest.size() - 2) return {};
  return number.append(rest);
}

YAML::Node parse_yaml(std::string_view name, BytesView data) {
  try {
    return YAML::Load(std::string(data));
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 0 : error.mark.line + 1;
    fail("{}: line {}: expected YAML, found: {}", name, line, error.msg);
  }
}

std::string place_of(std::string_view name, const YAML::Node& node) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? std::string(name) : fmt::format("{}: line {}", name, mark.line + 1);
}

Bytes json_of_yaml(std::string_view name, const YAML::Node& node) {
  Bytes out;
  Writer(name, out).value(node, 0);
  return out;
}

}  // namespace ringback::formats
