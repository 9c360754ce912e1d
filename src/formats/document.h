// JSON and YAML files as one tree, so that a format that is kept in either is read by one piece of code.
//
// Members keep their order, numbers their digits, and every node knows its line. Plain YAML scalars are resolved as
// yaml_json.h says; `!binary` and `!!binary` become the octets that they encode.
//
//   const Node document = parse_json_document(name, data);
//   for (const Node& entry : document.at("log").at("entries").list()) use(entry.at("request").text_at("url"));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/bytes.h"
#include "src/base/time.h"

namespace ringback::formats {

// All of a document is held as a tree.
inline constexpr std::size_t kDocumentBytesMax = 256u << 20;
inline constexpr std::size_t kDocumentNodesMax = 8'000'000;
inline constexpr int kDocumentDepthMax = 64;

// Accessors throw Error ("NAME: line N: expected ..., found ...") where the document is not as asked.
class Node final {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, list, map };
  using Member = std::pair<std::string, Node>;

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_text() const { return kind_ == Kind::string; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_list() const { return kind_ == Kind::list; }
  bool is_map() const { return kind_ == Kind::map; }
  int line() const { return line_; }
  // "NAME: line N"
  std::string place() const;

  // Null where this is no map, or has no such member, or the member is null.
  const Node* find(std::string_view key) const;
  const Node& at(std::string_view key) const;
  const std::vector<Node>& list() const;
  const std::vector<Member>& members() const;
  // A string's octets.
  const Bytes& text() const;
  // A string's octets or a number's or boolean's digits; empty for null.
  Bytes scalar() const;
  std::int64_t integer(std::int64_t min, std::int64_t max) const;
  bool is_true() const { return kind_ == Kind::boolean && text_ == "true"; }

  const Bytes& text_at(std::string_view key) const { return at(key).text(); }
  // The string at `key`, or `otherwise` where there is none.
  Bytes text_or(std::string_view key, BytesView otherwise = {}) const;
  std::int64_t integer_at(std::string_view key, std::int64_t min, std::int64_t max) const {
    return at(key).integer(min, max);
  }
  // A number of `unit`s, with or without a fraction, rounded to whole nanoseconds toward zero; exact otherwise. Throws
  // Error beyond what fits.
  Duration duration(Duration unit) const;

  // As JSON without white space. Octets that are no UTF-8 come out as U+FFFD.
  Bytes json() const;

 private:
  friend class JsonDocumentParser;
  friend class YamlDocumentParser;
  void append_json(Bytes& out) const;
  [[noreturn]] void refuse(std::string_view expected) const;

  Kind kind_ = Kind::null;
  int line_ = 1;
  const std::string* name_ = nullptr;  // of the file; belongs to the Document
  Bytes text_;
  std::vector<Node> items_;
  std::vector<Member> members_;
};

// A tree with the name that its messages need.
class Document final {
 public:
  const Node& root() const { return root_; }

 private:
  friend class JsonDocumentParser;
  friend class YamlDocumentParser;
  Document() = default;
  std::unique_ptr<std::string> name_;
  Node root_;
};

// Throws Error where `data` is not one JSON value (RFC 8259, a byte order mark before it is taken), or is beyond the
// limits. `first_line` is the number of its first line, for formats with one value a line.
Document parse_json_document(std::string_view name, BytesView data, int first_line = 1);
Document parse_yaml_document(std::string_view name, BytesView data);

// A decimal number of `unit`s as JSON writes it: "1.25", "3e-2". Nothing where it is no number or does not fit.
std::optional<Duration> parse_decimal(std::string_view digits, Duration unit);

}  // namespace ringback::formats
