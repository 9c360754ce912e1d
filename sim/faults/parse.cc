#include "sim/faults/parse.h"

#include <algorithm>

#include "sim/faults/actions.h"
#include "sim/faults/values.h"
#include "sim/faults/yaml_tree.h"
#include "src/base/error.h"
#include "src/trace/event.h"

namespace ringback::sim {
namespace {

const YamlTree& need(const YamlTree& map, std::string_view key, std::string_view what) {
  const YamlTree* value = map.find(key);
  if (value == nullptr) fail("{}: expected '{}' in {}, found none", place_of(map.mark), key, what);
  return *value;
}

std::string read_selector(const YamlTree& tree, std::string_view what) {
  const std::string& text = read_text(tree, what);
  if (text.empty() || text.size() > trace::kChannelNameBytesMax) {
    tree.refuse(fmt::format("{} of 1 to {} octets", what, trace::kChannelNameBytesMax));
  }
  return text;
}

const std::vector<YamlTree>& read_list(const YamlTree& tree, std::string_view what) {
  if (tree.form != YamlTree::Form::sequence) tree.refuse(fmt::format("a list of {}", what));
  if (tree.items.size() > kFaultsMax) {
    fail("{}: expected at most {} {}, found {}", place_of(tree.mark), kFaultsMax, what, tree.items.size());
  }
  return tree.items;
}

// --- at ---

struct RangeKey {
  std::string_view key;
  std::optional<IntegerRange> Anchor::*range;
  std::uint64_t least;
};
constexpr RangeKey kRangeKeys[] = {{"call", &Anchor::call, 1},
                                   {"response", &Anchor::response, 1},
                                   {"event", &Anchor::event, 1},
                                   {"token", &Anchor::token, 1},
                                   {"byte", &Anchor::byte, 0},
                                   {"frame", &Anchor::frame, 0},
                                   {"occurrence", &Anchor::occurrence, 1}};

Anchor read_anchor(const YamlTree& tree) {
  tree.check_map("`at`",
                 {"call", "response", "event", "token", "byte", "frame", "time", "for", "probability", "occurrence"});
  Anchor anchor;
  for (const RangeKey& row : kRangeKeys) {
    if (const YamlTree* value = tree.find(row.key))
      anchor.*row.range = read_range(*value, fmt::format("a {}", row.key), row.least);
  }
  if (const YamlTree* value = tree.find("time")) anchor.time = VirtualTime() + read_time(*value, "a time");
  if (const YamlTree* value = tree.find("for")) {
    if (!anchor.time) fail("{}: expected `time` beside `for`, found none", place_of(value->mark));
    anchor.duration = read_duration(*value, "a duration");
  }
  if (const YamlTree* value = tree.find("probability")) anchor.probability = read_probability(*value);
  return anchor;
}

// --- do ---

// The row that says what `word` takes: of its rows, the one with an argument where there is one, and without elsewhere.
const ActionRow& row_of_word(const YamlTree& tree, std::string_view word, bool has_argument) {
  const ActionRow* fitting = nullptr;
  const ActionRow* any = nullptr;
  for (const ActionRow& row : action_table()) {
    if (row.word != word) continue;
    if (any == nullptr) any = &row;
    const bool fits = has_argument ? row.type != ArgumentType::nothing : !row.argument_required;
    if (fits && fitting == nullptr) fitting = &row;
  }
  if (any == nullptr) tree.refuse("an action", action_words());
  if (fitting != nullptr) return *fitting;
  if (has_argument) fail("{}: expected '{}' alone, found an argument", place_of(tree.mark), word);
  fail("{}: expected '{}' with its argument, found none", place_of(tree.mark), word);
}

// What an argument is, for messages.
std::string shown_argument(const ActionRow& row) {
  if (!row.field.empty()) return fmt::format("`{}` of `{}`", row.field, row.word);
  switch (row.type) {
    case ArgumentType::size:
      return "a size";
    case ArgumentType::rate:
      return "a rate";
    case ArgumentType::duration:
    case ArgumentType::signed_duration:
      return "a duration";
    default:
      return fmt::format("a {}", row.word);
  }
}

ActionArgument read_argument(const YamlTree& tree, const ActionRow& row) {
  const std::string what = shown_argument(row);
  const Bounds bounds{.what = what, .least = row.least, .most = row.most};
  switch (row.type) {
    case ArgumentType::nothing:
      break;
    case ArgumentType::integer:
      return read_integer(tree, bounds);
    case ArgumentType::text:
      return read_text(tree, what);
    case ArgumentType::size:
      return read_size(tree, bounds);
    case ArgumentType::rate:
      return read_rate(tree, bounds);
    case ArgumentType::duration:
      return read_duration(tree, what);
    case ArgumentType::signed_duration:
      return read_signed_duration(tree, what);
    case ArgumentType::probability:
      return read_probability(tree);
    case ArgumentType::factor:
      return read_factor(tree);
  }
  return std::monostate();
}

Action read_action(const YamlTree& tree) {
  if (tree.is_scalar()) {
    const ActionRow& row = row_of_word(tree, tree.text, false);
    return {.name = row.name};
  }
  if (tree.form != YamlTree::Form::map || tree.entries.size() != 1)
    tree.refuse("one action, or one action with its argument");
  const YamlEntry& entry = tree.entries.front();
  // For messages: the word itself, where it stands.
  const YamlTree word{.form = YamlTree::Form::plain, .text = entry.key, .mark = entry.key_mark};
  const ActionRow& row = row_of_word(word, entry.key, true);
  if (row.field.empty()) return {.name = row.name, .argument = read_argument(entry.value, row)};
  entry.value.check_map(fmt::format("`{}`", row.word), {row.field});
  const YamlTree* value = entry.value.find(row.field);
  if (value == nullptr && row.argument_required) need(entry.value, row.field, fmt::format("`{}`", row.word));
  return {.name = row.name, .argument = value == nullptr ? ActionArgument() : read_argument(*value, row)};
}

// --- faults ---

bool is_key(BytesView text) {
  return text.size() == 1 && BytesView("0123456789*#ABCD").find(text.front()) != BytesView::npos;
}

void check_together(const Fault& fault) {
  const Anchor& at = fault.at;
  const ActionName name = fault.action.name;
  const bool takes_frames = name == ActionName::drop && fault.action.argument != ActionArgument();
  const bool takes_samples =
      name == ActionName::silence || name == ActionName::garble || name == ActionName::clip || takes_frames;
  if (takes_samples && at.time && !at.duration) {
    fail("{}: expected `for` beside `time`, how long the {} lasts, found none", place_of(fault.mark), name_of(name));
  }
  if (name == ActionName::dtmf && !is_key(std::get<Bytes>(fault.action.argument)))
    fail("{}: expected one key of 0-9 * # A-D, found '{}'", place_of(fault.mark),
         std::get<Bytes>(fault.action.argument));
  if (name == ActionName::cpu) {
    const Ratio factor = std::get<Ratio>(fault.action.argument);
    constexpr std::uint64_t kTermMax = UINT32_MAX;
    if (factor.numerator > kTermMax || factor.denominator > kTermMax)
      fail("{}: expected a factor of numbers up to {}, found {}/{}", place_of(fault.mark), kTermMax, factor.numerator,
           factor.denominator);
  }
  if (name == ActionName::slow) {
    const Ratio factor = std::get<Ratio>(fault.action.argument);
    if (factor.numerator < factor.denominator)
      fail("{}: expected a factor of at least 1, found {}/{}", place_of(fault.mark), factor.numerator,
           factor.denominator);
  }
  const bool has_after = fault.action.name == ActionName::stall && fault.action.argument != ActionArgument();
  if (has_after && (at.token || at.event || at.byte)) {
    fail("{}: expected where the stall begins once, found `after` and a token, event or byte", place_of(fault.mark));
  }
}

Fault read_fault(const YamlTree& tree) {
  tree.check_map("a fault", {"id", "where", "at", "do", "optional"});
  Fault fault{.mark = tree.mark};
  if (const YamlTree* id = tree.find("id")) {
    fault.id = read_selector(*id, "an id");
  } else {
    fault.id_is_default = true;
  }
  fault.where = read_selector(need(tree, "where", "a fault"), "a channel selector");
  if (const YamlTree* at = tree.find("at")) fault.at = read_anchor(*at);
  fault.action = read_action(need(tree, "do", "a fault"));
  if (const YamlTree* optional = tree.find("optional")) fault.optional = read_boolean(*optional, "`optional`");
  check_together(fault);
  return fault;
}

// --- answers and bind ---

AnswerRule read_answer(const YamlTree& tree) {
  tree.check_map("an answer", {"when", "say", "body", "status", "delay"});
  const YamlTree& when = need(tree, "when", "an answer");
  when.check_map("`when`", {"channel", "call", "response", "arguments", "after_tool_error"});
  AnswerRule rule{.mark = tree.mark};
  rule.channel = read_selector(need(when, "channel", "`when`"), "a channel selector");
  if (const YamlTree* call = when.find("call")) rule.call = read_range(*call, "a call", 1);
  if (const YamlTree* response = when.find("response")) rule.response = read_range(*response, "a response", 1);
  if (const YamlTree* arguments = when.find("arguments")) {
    rule.arguments = read_json_object(*arguments, "a map of arguments");
  }
  if (const YamlTree* tool = when.find("after_tool_error"))
    rule.after_tool_error = read_selector(*tool, "a tool's name");
  if (const YamlTree* say = tree.find("say")) rule.say = read_text(*say, "what is said");
  if (const YamlTree* body = tree.find("body")) rule.body = read_text(*body, "a body");
  if (const YamlTree* status = tree.find("status")) rule.status = read_integer(*status, {"a status", 200, 599});
  if (const YamlTree* delay = tree.find("delay")) rule.delay = read_duration(*delay, "a delay");
  const bool answers_as_tool = rule.body || rule.status;
  if (rule.say.has_value() == answers_as_tool) {
    fail("{}: expected in an answer either `say`, or `body` or `status`, found {}", place_of(tree.mark),
         rule.say ? "both" : "none");
  }
  return rule;
}

Bind read_bind(const YamlTree& tree) {
  tree.check_map("a bind", {"channel", "url"});
  return {.channel = read_selector(need(tree, "channel", "a bind"), "a channel"),
          .url = read_text(need(tree, "url", "a bind"), "a URL"),
          .mark = tree.mark};
}

void check_version(const YamlTree& root) {
  const YamlTree* version = root.find("ringback");
  if (version == nullptr)
    fail("{}: expected 'ringback: 1', the version of this format, found none", place_of(root.mark));
  if (version->form != YamlTree::Form::plain || version->text != "1") version->refuse("version 1 of this format");
}

}  // namespace

Schedule parse_schedule(std::string_view file_name, BytesView yaml) {
  const YamlTree root = parse_yaml(file_name, yaml);
  root.check_map("an overlay", {"ringback", "faults", "bind", "sink", "answers"});
  check_version(root);
  Schedule schedule;
  if (const YamlTree* faults = root.find("faults")) {
    for (const YamlTree& fault : read_list(*faults, "faults")) schedule.faults.push_back(read_fault(fault));
  }
  if (const YamlTree* answers = root.find("answers")) {
    for (const YamlTree& answer : read_list(*answers, "answers")) schedule.answers.push_back(read_answer(answer));
  }
  if (const YamlTree* binds = root.find("bind")) {
    for (const YamlTree& bind : read_list(*binds, "binds")) schedule.binds.push_back(read_bind(bind));
  }
  if (const YamlTree* sinks = root.find("sink")) {
    for (const YamlTree& sink : read_list(*sinks, "sinks"))
      schedule.sinks.push_back({.url = read_text(sink, "a URL"), .mark = sink.mark});
  }
  return merge({std::move(schedule)});  // numbers the faults, refuses ids that stand twice
}

}  // namespace ringback::sim
