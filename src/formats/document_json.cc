#include <fmt/format.h>

#include "src/base/error.h"
#include "src/formats/document.h"

namespace ringback::formats {

// RFC 8259 by recursive descent; the depth limit bounds the stack.
class JsonDocumentParser {
 public:
  JsonDocumentParser(std::string_view name, BytesView data, int first_line) : data_(data), line_(first_line) {
    document_.name_ = std::make_unique<std::string>(name);
  }

  Document parse() && {
    if (data_.size() > kDocumentBytesMax) {
      fail("{}: expected at most {} bytes, found {}", *document_.name_, kDocumentBytesMax, data_.size());
    }
    if (data_.starts_with("\xEF\xBB\xBF")) position_ = 3;
    value(document_.root_, 0);
    skip_space();
    if (position_ != data_.size()) refuse("the end of the JSON");
    return std::move(document_);
  }

 private:
  [[noreturn]] void refuse(std::string_view expected) const {
    const std::string found = position_ >= data_.size()
                                  ? "the end"
                                  : fmt::format("octet 0x{:02x}", static_cast<unsigned char>(data_[position_]));
    fail("{}: line {}: byte {}: expected {}, found {}", *document_.name_, line_, position_, expected, found);
  }

  bool at_end() const { return position_ >= data_.size(); }
  char peek() const { return at_end() ? '\0' : data_[position_]; }

  void skip_space() {
    for (; !at_end(); ++position_) {
      const char c = data_[position_];
      if (c == '\n') ++line_;
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
    }
  }

  bool take(char c) {
    if (peek() != c || at_end()) return false;
    ++position_;
    return true;
  }

  void take_word(std::string_view word, Node& node, Node::Kind kind) {
    if (data_.substr(position_, word.size()) != word) refuse("a JSON value");
    position_ += word.size();
    node.kind_ = kind;
    if (kind == Node::Kind::boolean) node.text_ = word;
  }

  void value(Node& node, int depth) {
    skip_space();
    if (depth > kDocumentDepthMax) refuse(fmt::format("at most {} levels", kDocumentDepthMax));
    if (++nodes_ > kDocumentNodesMax) refuse(fmt::format("at most {} values", kDocumentNodesMax));
    node.name_ = document_.name_.get();
    node.line_ = line_;
    switch (peek()) {
      case '{':
        return map(node, depth);
      case '[':
        return list(node, depth);
      case '"':
        node.kind_ = Node::Kind::string;
        node.text_ = string();
        return;
      case 't':
        return take_word("true", node, Node::Kind::boolean);
      case 'f':
        return take_word("false", node, Node::Kind::boolean);
      case 'n':
        return take_word("null", node, Node::Kind::null);
      default:
        return number(node);
    }
  }

  void map(Node& node, int depth) {
    node.kind_ = Node::Kind::map;
    ++position_;
    skip_space();
    if (take('}')) return;
    for (;;) {
      skip_space();
      if (peek() != '"') refuse("a key in quotes");
      node.members_.emplace_back(string(), Node());
      skip_space();
      if (!take(':')) refuse("a colon");
      value(node.members_.back().second, depth + 1);
      skip_space();
      if (take('}')) return;
      if (!take(',')) refuse("a comma or a closing brace");
    }
  }

  void list(Node& node, int depth) {
    node.kind_ = Node::Kind::list;
    ++position_;
    skip_space();
    if (take(']')) return;
    for (;;) {
      node.items_.emplace_back();
      value(node.items_.back(), depth + 1);
      skip_space();
      if (take(']')) return;
      if (!take(',')) refuse("a comma or a closing bracket");
    }
  }

  void digits() {
    const std::size_t begin = position_;
    while (peek() >= '0' && peek() <= '9') ++position_;
    if (position_ == begin) refuse("a JSON value");
  }

  void number(Node& node) {
    const std::size_t begin = position_;
    take('-');
    if (!take('0')) digits();
    if (take('.')) digits();
    if (peek() == 'e' || peek() == 'E') {
      ++position_;
      if (peek() == '+' || peek() == '-') ++position_;
      digits();
    }
    node.kind_ = Node::Kind::number;
    node.text_ = data_.substr(begin, position_ - begin);
  }

  unsigned hex4() {
    unsigned unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
        digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
      } else {
        refuse("four hexadecimal digits");
      }
      unit = unit * 16 + digit;
      ++position_;
    }
    return unit;
  }

  static void append_utf8(unsigned point, Bytes& out) {
    const auto add = [&](unsigned octet) { out += static_cast<char>(octet); };
    if (point < 0x80) {
      add(point);
    } else if (point < 0x800) {
      add(0xC0 | point >> 6);
      add(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      add(0xE0 | point >> 12);
      add(0x80 | (point >> 6 & 0x3F));
      add(0x80 | (point & 0x3F));
    } else {
      add(0xF0 | point >> 18);
      add(0x80 | (point >> 12 & 0x3F));
      add(0x80 | (point >> 6 & 0x3F));
      add(0x80 | (point & 0x3F));
    }
  }

  // After "\u". A surrogate without its other half becomes U+FFFD.
  void escaped_unit(Bytes& out) {
    unsigned point = hex4();
    const bool is_high = point >= 0xD800 && point < 0xDC00;
    if (is_high && data_.substr(position_, 2) == "\\u") {
      const std::size_t before = position_;
      position_ += 2;
      const unsigned low = hex4();
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      } else {
        position_ = before;
      }
    }
    append_utf8(point >= 0xD800 && point < 0xE000 ? 0xFFFD : point, out);
  }

  Bytes string() {
    Bytes out;
    ++position_;
    for (;;) {
      const std::size_t begin = position_;
      while (!at_end() && data_[position_] != '"' && data_[position_] != '\\' &&
             static_cast<unsigned char>(data_[position_]) >= 0x20) {
        ++position_;
      }
      out.append(data_.substr(begin, position_ - begin));
      if (take('"')) return out;
      if (!take('\\')) refuse("a closing quote");
      const char c = peek();
      ++position_;
      constexpr std::string_view kFrom = "\"\\/bfnrt";
      constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
      const std::size_t known = kFrom.find(c);
      if (c == 'u') {
        escaped_unit(out);
      } else if (known != std::string_view::npos && c != '\0') {
        out += kTo[known];
      } else {
        --position_;
        refuse("an escape of JSON");
      }
    }
  }

  Document document_;
  BytesView data_;
  std::size_t position_ = 0;
  std::size_t nodes_ = 0;
  int line_;
};

Document parse_json_document(std::string_view name, BytesView data, int first_line) {
  return JsonDocumentParser(name, data, first_line).parse();
}

}  // namespace ringback::formats
