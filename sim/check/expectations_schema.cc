// The JSON schema of expectations, made from the properties' own descriptions of what they take.
#include "sim/check/expectations.h"
#include "src/base/error.h"
#include "src/wire/json_text.h"

namespace ringback::sim {
namespace {

std::string quoted(std::string_view text) {
  Bytes out;
  wire::append_json_string(text, out);
  return out;
}

constexpr std::string_view kDuration = R"({"$ref": "#/$defs/duration"})";

class LimitsSchema {
 public:
  void time(std::string_view key, Duration, Least) { add(key, kDuration, Must::be_there); }
  void optional_time(std::string_view key, const std::optional<Duration>&) { add(key, kDuration, Must::not_be_there); }
  void count(std::string_view key, std::uint64_t) { add(key, R"({"$ref": "#/$defs/count"})", Must::be_there); }
  void count_or(std::string_view key, std::uint64_t, std::uint64_t usual) {
    add(key, fmt::format(R"({{"type": "integer", "minimum": 0, "maximum": {}, "default": {}}})", kCountMax, usual),
        Must::not_be_there);
  }
  void tool(std::string_view key, const std::string&) {
    add(key, R"({"type": "string", "minLength": 1, "default": "*"})", Must::not_be_there);
  }
  void path(std::string_view key, const std::string&) {
    add(key, R"({"type": "string", "pattern": "^\\$", "default": "$"})", Must::not_be_there);
  }
  void words(std::string_view key, const std::vector<std::string>&) {
    add(key,
        fmt::format(
            R"({{"type": "array", "minItems": 1, "maxItems": {}, "items": {{"type": "string", "minLength": 1}}}})",
            kWordsMax),
        Must::not_be_there);
  }
  template <class Choice>
  void choice(std::string_view key, Choice, const std::vector<std::string_view>& names) {
    std::string list;
    for (const std::string_view name : names) list += fmt::format("{}{}", list.empty() ? "" : ", ", quoted(name));
    add(key, fmt::format(R"({{"enum": [{}]}})", list), Must::not_be_there);
  }

  bool takes_nothing() const { return properties_.empty(); }
  bool needs_one() const { return !required_.empty(); }
  std::string finish(std::string_view extra) const {
    return fmt::format(R"({{"type": "object", "properties": {{{}}}, {}{}"additionalProperties": false}})", properties_,
                       required_.empty() ? "" : fmt::format(R"("required": [{}], )", required_), extra);
  }

 private:
  enum class Must { be_there, not_be_there };
  void add(std::string_view key, std::string_view schema, Must must) {
    properties_ += fmt::format("{}{}: {}", properties_.empty() ? "" : ", ", quoted(key), schema);
    if (must == Must::be_there) required_ += fmt::format("{}{}", required_.empty() ? "" : ", ", quoted(key));
  }
  std::string properties_;
  std::string required_;
};

// Of some limits at least one is given.
template <class P>
constexpr bool kNeedsAny = false;
template <>
constexpr bool kNeedsAny<TurnLatency> = true;

// The forms of each property: its name alone where nothing must be said, and a map from the name to the limits.
struct FormMaker {
  std::vector<std::string>& forms;

  template <class P>
  void operator()() {
    P property;
    LimitsSchema limits;
    property.describe(property, limits);
    const std::string about = quoted(P::kMeaning);
    if (!limits.needs_one() && !kNeedsAny<P>)
      forms.push_back(fmt::format(R"({{"const": "{}", "description": {}}})", P::kName, about));
    const std::string value = limits.takes_nothing() ? R"({"type": ["object", "null"], "maxProperties": 0})"
                                                     : limits.finish(kNeedsAny<P> ? R"("minProperties": 1, )" : "");
    forms.push_back(fmt::format(
        R"({{"type": "object", "description": {1}, "properties": {{"{0}": {2}}}, "required": ["{0}"], "additionalProperties": false}})",
        P::kName, about, value));
  }
};

constexpr std::string_view kHead = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "What is expected of a ringback run",
  "type": "object",
  "properties": {
    "ringback": {"const": 1},
    "properties": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": "#/$defs/property"}}
  },
  "required": ["ringback", "properties"],
  "additionalProperties": false,
  "$defs": {
    "duration": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"},
    "count": {"type": "integer", "minimum": 0, "maximum": 1000000000},
    "property": {"anyOf": [)";

}  // namespace

std::string expectations_json_schema() {
  std::vector<std::string> forms;
  for_each_kind_of_property(FormMaker{forms});
  std::string text(kHead);
  const char* separator = "\n";
  for (const std::string& form : forms) {
    text += fmt::format("{}      {}", separator, form);
    separator = ",\n";
  }
  return text + "\n    ]}\n  }\n}\n";
}

}  // namespace ringback::sim
