#include "sim/check/expectations.h"

#include <algorithm>

#include "sim/check/json_path.h"
#include "sim/faults/values.h"
#include "sim/faults/yaml_tree.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

const YamlTree& need(const YamlTree& map, std::string_view key, std::string_view what) {
  const YamlTree* value = map.find(key);
  if (value == nullptr) fail("{}: expected '{}' in {}, found none", place_of(map.mark), key, what);
  return *value;
}

// The keys of a property, and whether one of them must be there.
struct Keys {
  std::vector<std::string_view> all;
  bool needs_one = false;

  void time(std::string_view key, Duration, Least) { required(key); }
  void optional_time(std::string_view key, const std::optional<Duration>&) { all.push_back(key); }
  void count(std::string_view key, std::uint64_t) { required(key); }
  void count_or(std::string_view key, std::uint64_t, std::uint64_t) { all.push_back(key); }
  void tool(std::string_view key, const std::string&) { all.push_back(key); }
  void path(std::string_view key, const std::string&) { all.push_back(key); }
  void words(std::string_view key, const std::vector<std::string>&) { all.push_back(key); }
  template <class Choice>
  void choice(std::string_view key, Choice, const std::vector<std::string_view>&) {
    all.push_back(key);
  }

 private:
  void required(std::string_view key) {
    all.push_back(key);
    needs_one = true;
  }
};

// Fills the members of one property from the map of its limits.
class Filler {
 public:
  Filler(const YamlTree& limits, std::string_view name) : limits_(limits), name_(name) {}

  void time(std::string_view key, Duration& out, Least least) {
    const YamlTree& value = need(limits_, key, name_);
    out = least == Least::zero ? read_time(value, "a duration") : read_duration(value, "a duration");
  }
  void optional_time(std::string_view key, std::optional<Duration>& out) {
    if (const YamlTree* value = limits_.find(key)) out = read_duration(*value, "a duration");
  }
  void count(std::string_view key, std::uint64_t& out) { out = read_count(need(limits_, key, name_)); }
  void count_or(std::string_view key, std::uint64_t& out, std::uint64_t) {
    if (const YamlTree* value = limits_.find(key)) out = read_count(*value);
  }
  void tool(std::string_view key, std::string& out) {
    const YamlTree* value = limits_.find(key);
    if (value == nullptr) return;
    out = read_text(*value, "a tool");
    if (out.empty()) value->refuse("the name of a tool, or *");
  }
  void path(std::string_view key, std::string& out) {
    const YamlTree* value = limits_.find(key);
    if (value == nullptr) return;
    out = read_text(*value, "a path into the arguments");
    if (!JsonPath::parse(out)) value->refuse("a path into the arguments, such as $.slot_id");
  }
  void words(std::string_view key, std::vector<std::string>& out) {
    const YamlTree* value = limits_.find(key);
    if (value == nullptr) return;
    const bool is_list = value->form == YamlTree::Form::sequence;
    if (!is_list || value->items.empty() || value->items.size() > kWordsMax)
      value->refuse(fmt::format("a list of 1 to {} words", kWordsMax));
    for (const YamlTree& item : value->items) {
      out.push_back(read_text(item, "a word"));
      if (out.back().empty()) item.refuse("a word");
    }
  }
  template <class Choice>
  void choice(std::string_view key, Choice& out, const std::vector<std::string_view>& names) {
    const YamlTree* value = limits_.find(key);
    if (value == nullptr) return;
    const auto name = std::find(names.begin(), names.end(), value->is_scalar() ? value->text : std::string());
    if (name == names.end()) value->refuse(fmt::format("{}", fmt::join(names, ", ")), names);
    out = static_cast<Choice>(name - names.begin());
  }

 private:
  static std::uint64_t read_count(const YamlTree& value) {
    return static_cast<std::uint64_t>(read_integer(value, {.what = "a number", .least = 0, .most = kCountMax}));
  }
  const YamlTree& limits_;
  std::string_view name_;
};

void check_whole(const TurnLatency& latency, const YamlTree& limits) {
  if (latency == TurnLatency{})
    limits.refuse("turn_latency with end_of_turn, transcript, first_token, first_byte or play_out");
}
template <class Other>
void check_whole(const Other&, const YamlTree&) {}

template <class P>
Property read_as(const YamlTree& tree) {
  Keys keys;
  P property;
  property.describe(property, keys);
  const bool is_empty = tree.form == YamlTree::Form::null ||
                        (tree.form == YamlTree::Form::map && tree.entries.empty() && keys.all.empty());
  if (keys.all.empty() && !is_empty) tree.refuse(fmt::format("{{}}: {} takes nothing", P::kName));
  if (!is_empty || keys.needs_one) {
    tree.check_map(fmt::format("`{}`", P::kName), keys.all);
    Filler filler(tree, P::kName);
    property.describe(property, filler);
  }
  check_whole(property, tree);
  return property;
}

struct Row {
  std::string_view name;
  Property (*read)(const YamlTree&);
};

struct RowMaker {
  std::vector<Row>& rows;
  template <class P>
  void operator()() {
    rows.push_back({P::kName, read_as<P>});
  }
};

const std::vector<Row>& rows() {
  static const std::vector<Row> made = [] {
    std::vector<Row> list;
    for_each_kind_of_property(RowMaker{list});
    return list;
  }();
  return made;
}

Property read_property(const YamlTree& tree) {
  static const YamlTree none;
  const bool is_name = tree.is_scalar();
  if (!is_name && (tree.form != YamlTree::Form::map || tree.entries.size() != 1))
    tree.refuse("a property with its limits, such as dead_air: {max: 3s}");
  const std::string& name = is_name ? tree.text : tree.entries[0].key;
  const Mark& mark = is_name ? tree.mark : tree.entries[0].key_mark;
  const auto row = std::find_if(rows().begin(), rows().end(), [&](const Row& r) { return r.name == name; });
  if (row != rows().end()) {
    YamlTree value = is_name ? none : tree.entries[0].value;
    if (value.mark.line == 0) value.mark = mark;
    return row->read(value);
  }
  std::vector<std::string_view> known;
  for (const Row& r : rows()) known.push_back(r.name);
  YamlTree word{.form = YamlTree::Form::plain, .text = name, .mark = mark};
  word.refuse(fmt::format("a property ({})", fmt::join(known, ", ")), known);
}

}  // namespace

Expectations default_expectations() {
  return {.properties = {DeadAir{seconds(5)}, Speaks{}, Answered{}, EndsCleanly{}, IdenticalRequests{3}}};
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
