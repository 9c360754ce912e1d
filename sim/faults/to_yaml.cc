// The text form of a schedule: what parse_schedule reads back as an equal one.
#include "sim/faults/actions.h"
#include "sim/faults/schedule.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// A double-quoted YAML scalar, which is safe whatever the text is.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string ratio_text(const Ratio& ratio) {
  if (ratio.denominator == 1) return fmt::format("{}", ratio.numerator);
  return fmt::format("{}/{}", ratio.numerator, ratio.denominator);
}

// "{a: 1, b: 2}" from pairs that are set.
class FlowMap {
 public:
  void add(std::string_view key, std::string_view value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  void add(std::string_view key, const std::optional<IntegerRange>& range) {
    if (range) add(key, to_text(*range));
  }
  bool is_empty() const { return text_.empty(); }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string anchor_text(const Anchor& anchor) {
  FlowMap map;
  map.add("call", anchor.call);
  map.add("response", anchor.response);
  map.add("event", anchor.event);
  map.add("token", anchor.token);
  map.add("byte", anchor.byte);
  map.add("frame", anchor.frame);
  if (anchor.time) map.add("time", ringback::to_text(anchor.time->since_start()));
  if (anchor.duration) map.add("for", ringback::to_text(*anchor.duration));
  if (anchor.probability) map.add("probability", ratio_text(*anchor.probability));
  map.add("occurrence", anchor.occurrence);
  return map.is_empty() ? "" : map.text();
}

struct ArgumentText {
  std::string_view unit;
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(std::int64_t number) const { return fmt::format("{}{}", number, unit); }
  std::string operator()(const Duration& duration) const { return ringback::to_text(duration); }
  std::string operator()(const Ratio& ratio) const { return ratio_text(ratio); }
  std::string operator()(const Bytes& text) const { return quoted(text); }
};

// The row whose argument this is: `delay` of a tool takes what `delay` of audio takes, but only audio's `drop` takes a
// ratio.
const ActionRow* row_of_argument(ActionName name) {
  for (const ActionRow& row : action_table()) {
    if (row.name == name && row.type != ArgumentType::nothing) return &row;
  }
  return nullptr;
}

std::string action_text(const Action& action) {
  const std::string_view word = name_of(action.name);
  const ActionRow* row = row_of_argument(action.name);
  if (row == nullptr || std::holds_alternative<std::monostate>(action.argument)) return std::string(word);
  std::string_view unit;
  if (row->type == ArgumentType::size) unit = "B";
  if (row->type == ArgumentType::rate) unit = "B/s";
  const std::string value = std::visit(ArgumentText{unit}, action.argument);
  if (row->field.empty()) return fmt::format("{{{}: {}}}", word, value);
  return fmt::format("{{{}: {{{}: {}}}}}", word, row->field, value);
}

std::string fault_text(const Fault& fault) {
  std::string text = "  - ";
  if (!fault.id_is_default) text += fmt::format("id: {}\n    ", quoted(fault.id));
  text += fmt::format("where: {}\n", quoted(fault.where));
  if (const std::string anchor = anchor_text(fault.at); !anchor.empty()) text += fmt::format("    at: {}\n", anchor);
  text += fmt::format("    do: {}\n", action_text(fault.action));
  if (fault.optional) text += "    optional: true\n";
  return text;
}

std::string answer_text(const AnswerRule& rule) {
  FlowMap when;
  when.add("channel", quoted(rule.channel));
  when.add("call", rule.call);
  when.add("response", rule.response);
  // JSON is YAML: in flow style it reads back as the same value.
  if (!rule.arguments.empty()) when.add("arguments", rule.arguments);
  if (!rule.after_tool_error.empty()) when.add("after_tool_error", quoted(rule.after_tool_error));
  std::string text = fmt::format("  - when: {}\n", when.text());
  if (rule.say) text += fmt::format("    say: {}\n", quoted(*rule.say));
  if (rule.status) text += fmt::format("    status: {}\n", *rule.status);
  if (rule.body) text += fmt::format("    body: {}\n", quoted(*rule.body));
  if (rule.delay != Duration()) text += fmt::format("    delay: {}\n", ringback::to_text(rule.delay));
  return text;
}

}  // namespace

std::string to_yaml(const Schedule& schedule) {
  std::string text = "ringback: 1\n";
  if (!schedule.faults.empty()) text += "faults:\n";
  for (const Fault& fault : schedule.faults) text += fault_text(fault);
  if (!schedule.binds.empty()) text += "bind:\n";
  for (const Bind& bind : schedule.binds) {
    text += fmt::format("  - {{channel: {}, url: {}}}\n", quoted(bind.channel), quoted(bind.url));
  }
  if (!schedule.sinks.empty()) text += "sink:\n";
  for (const Sink& sink : schedule.sinks) text += fmt::format("  - {}\n", quoted(sink.url));
  if (!schedule.answers.empty()) text += "answers:\n";
  for (const AnswerRule& rule : schedule.answers) text += answer_text(rule);
  return text;
}

}  // namespace ringback::sim
