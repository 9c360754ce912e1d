#include "sim/check/expectations.h"

#include <algorithm>

#include "sim/faults/values.h"
#include "sim/faults/yaml_tree.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// Properties that the contract names and this version cannot check.
constexpr std::string_view kNotYet[] = {"exactly_once", "barge_in"};

const YamlTree& need(const YamlTree& map, std::string_view key, std::string_view what) {
  const YamlTree* value = map.find(key);
  if (value == nullptr) fail("{}: expected '{}' in {}, found none", place_of(map.mark), key, what);
  return *value;
}

// An absent or empty value is an empty map.
const YamlTree& limits_of(const YamlTree& tree, std::string_view name, const std::vector<std::string_view>& keys) {
  static const YamlTree empty{.form = YamlTree::Form::map, .text = {}, .items = {}, .entries = {}, .mark = {}};
  if (tree.form == YamlTree::Form::null && keys.empty()) return empty;
  if (keys.empty() && tree.form == YamlTree::Form::map && tree.entries.empty()) return tree;
  if (keys.empty()) tree.refuse(fmt::format("{{}}: {} takes nothing", name));
  tree.check_map(fmt::format("`{}`", name), keys);
  return tree;
}

Duration time_limit(const YamlTree& tree, std::string_view name, std::string_view key) {
  return read_duration(need(limits_of(tree, name, {key}), key, name), "a duration");
}

std::string read_tool(const YamlTree& tree) {
  const YamlTree* tool = tree.find("tool");
  if (tool == nullptr) return "*";
  const std::string& text = read_text(*tool, "a tool");
  if (text.empty()) tool->refuse("the name of a tool, or *");
  return text;
}

std::uint64_t read_count(const YamlTree& tree, std::string_view name) {
  return static_cast<std::uint64_t>(
      read_integer(need(tree, "max", name), {.what = "a number of requests", .least = 0, .most = kCountMax}));
}

Property read_dead_air(const YamlTree& tree) { return DeadAir{time_limit(tree, "dead_air", "max")}; }
Property read_first_audio(const YamlTree& tree) { return FirstAudio{time_limit(tree, "first_audio", "p95")}; }
Property read_ftl(const YamlTree& tree) { return FirstToken{time_limit(tree, "ftl", "p95")}; }
Property read_fallback(const YamlTree& tree) { return Fallback{time_limit(tree, "fallback", "within")}; }
Property read_retries(const YamlTree& tree) {
  const YamlTree& limits = limits_of(tree, "retries", {"tool", "max"});
  return Retries{.tool = read_tool(limits), .max = read_count(limits, "retries")};
}
Property read_answered(const YamlTree& tree) {
  if (tree.form == YamlTree::Form::null) return Answered{};
  return Answered{read_tool(limits_of(tree, "answered", {"tool"}))};
}
Property read_ends_cleanly(const YamlTree& tree) {
  limits_of(tree, "ends_cleanly", {});
  return EndsCleanly{};
}
Property read_identical_requests(const YamlTree& tree) {
  return IdenticalRequests{read_count(limits_of(tree, "identical_requests", {"max"}), "identical_requests")};
}

struct Row {
  std::string_view name;
  Property (*read)(const YamlTree&);
};
// In the order of Property's alternatives.
constexpr Row kRows[] = {{"dead_air", read_dead_air},
                         {"first_audio", read_first_audio},
                         {"ftl", read_ftl},
                         {"retries", read_retries},
                         {"fallback", read_fallback},
                         {"answered", read_answered},
                         {"ends_cleanly", read_ends_cleanly},
                         {"identical_requests", read_identical_requests}};
static_assert(std::size(kRows) == std::variant_size_v<Property>);

Property read_property(const YamlTree& tree) {
  static const YamlTree none;
  const bool is_name = tree.is_scalar();
  if (!is_name && (tree.form != YamlTree::Form::map || tree.entries.size() != 1))
    tree.refuse("a property with its limits, such as dead_air: {max: 3s}");
  const std::string& name = is_name ? tree.text : tree.entries[0].key;
  const Mark& mark = is_name ? tree.mark : tree.entries[0].key_mark;
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.name == name; });
  if (row != std::end(kRows)) {
    YamlTree value = is_name ? none : tree.entries[0].value;
    if (value.mark.line == 0) value.mark = mark;
    return row->read(value);
  }
  if (std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet))
    fail("{}: property '{}' cannot be checked by this version of ringback", place_of(mark), name);
  std::vector<std::string_view> known;
  for (const Row& r : kRows) known.push_back(r.name);
  YamlTree word{.form = YamlTree::Form::plain, .text = name, .mark = mark};
  word.refuse(fmt::format("a property ({})", fmt::join(known, ", ")), known);
}

template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;

// A double-quoted YAML scalar, which is safe whatever the text is: a line feed would read back as a space.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\").append(1, c);
    } else if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string_view name_of(const Property& property) { return kRows[property.index()].name; }

std::string to_text(const Property& property) {
  return std::visit(Overload{
                        [](const DeadAir& p) { return fmt::format("{{max: {}}}", to_text(p.max)); },
                        [](const FirstAudio& p) { return fmt::format("{{p95: {}}}", to_text(p.p95)); },
                        [](const FirstToken& p) { return fmt::format("{{p95: {}}}", to_text(p.p95)); },
                        [](const Retries& p) { return fmt::format("{{tool: {}, max: {}}}", quoted(p.tool), p.max); },
                        [](const Fallback& p) { return fmt::format("{{within: {}}}", to_text(p.within)); },
                        [](const Answered& p) { return fmt::format("{{tool: {}}}", quoted(p.tool)); },
                        [](const EndsCleanly&) { return std::string("{}"); },
                        [](const IdenticalRequests& p) { return fmt::format("{{max: {}}}", p.max); },
                    },
                    property);
}

Expectations default_expectations() {
  return {.properties = {DeadAir{seconds(5)}, Answered{}, EndsCleanly{}, IdenticalRequests{3}}};
}

Expectations parse_expectations(std::string_view file_name, BytesView yaml) {
  const YamlTree root = parse_yaml(file_name, yaml);
  root.check_map("expectations", {"ringback", "properties"});
  const YamlTree& version = need(root, "ringback", "expectations");
  if (read_integer(version, {.what = "a format version"}) != 1) version.refuse("1, the version of this format");
  const YamlTree& properties = need(root, "properties", "expectations");
  if (properties.form != YamlTree::Form::sequence) properties.refuse("a list of properties");
  if (properties.items.empty()) properties.refuse("at least one property");
  if (properties.items.size() > kPropertiesMax)
    fail("{}: expected at most {} properties, found {}", place_of(properties.mark), kPropertiesMax,
         properties.items.size());
  Expectations expectations{.were_asked = true};
  for (const YamlTree& item : properties.items) expectations.properties.push_back(read_property(item));
  return expectations;
}

std::string to_yaml(const Expectations& expectations) {
  std::string text = "ringback: 1\nproperties:\n";
  for (const Property& property : expectations.properties)
    text += fmt::format("  - {}: {}\n", name_of(property), to_text(property));
  return text;
}

}  // namespace ringback::sim
