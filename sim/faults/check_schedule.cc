#include "sim/faults/check_schedule.h"

#include <algorithm>

#include "sim/faults/actions.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

bool works_somewhere(ActionName name) {
  const auto rows = action_table();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const ActionRow& row) { return row.name == name && row.is_available; });
}

// What the action is for: "audio", "tool or bus and queue".
std::string families_of(ActionName name) {
  std::string text;
  for (const ActionRow& row : action_table()) {
    if (row.name == name) text += fmt::format("{}{}", text.empty() ? "" : " or ", name_of(row.family));
  }
  return text;
}

void check_channel(const Fault& fault, const trace::Channel& channel) {
  const std::string_view word = name_of(fault.action.name);
  const ActionRow* row = row_for(fault.action.name, channel.kind);
  if (row == nullptr) {
    fail("{}: expected an action for '{}', which is of kind {}, found '{}', which is for {}", place_of(fault.mark),
         channel.name, trace::name_of(channel.kind), word, families_of(fault.action.name));
  }
  if (!row->is_available) {
    fail("{}: '{}' on '{}', which is of kind {}, is not available in this version", place_of(fault.mark), word,
         channel.name, trace::name_of(channel.kind));
  }
  if (!has_argument_for(*row, fault.action))
    fail("{}: expected '{}' with its argument on '{}', found none", place_of(fault.mark), word, channel.name);
  if (fault.action.name == ActionName::dtmf && channel.name != "caller.audio")
    fail("{}: expected 'caller.audio' for a key that the caller presses, found '{}'", place_of(fault.mark),
         channel.name);
  if (const std::string_view anchor = anchor_without_meaning(fault.at, channel.kind); !anchor.empty()) {
    fail("{}: expected an `at` that has a meaning on '{}', which is of kind {}, found '{}'", place_of(fault.mark),
         channel.name, trace::name_of(channel.kind), anchor);
  }
}

class MissingSelectors {
 public:
  explicit MissingSelectors(std::span<const std::string> names) : names_(names) {}

  void look_for(const std::string& selector) {
    const bool is_there =
        std::any_of(names_.begin(), names_.end(), [&](const std::string& name) { return selects(selector, name); });
    const bool is_known = std::find(missing_.begin(), missing_.end(), selector) != missing_.end();
    if (!is_there && !is_known) missing_.push_back(selector);
  }
  std::vector<std::string> take() { return std::move(missing_); }

 private:
  std::span<const std::string> names_;
  std::vector<std::string> missing_;
};

// A model says something, a tool answers with a body or a status; nobody else takes rules.
void check_rule(const AnswerRule& rule, const trace::Channel& channel) {
  const bool is_model = channel.kind == trace::ChannelKind::model;
  const bool is_tool = channel.kind == trace::ChannelKind::tool;
  if (!is_model && !is_tool) {
    fail("{}: expected a model or a tool to answer, found '{}'", place_of(rule.mark), channel.name);
  }
  if (is_model && !rule.say.has_value()) {
    fail("{}: expected `say`, which is what a model ('{}') answers with", place_of(rule.mark), channel.name);
  }
  if (is_tool && rule.say.has_value()) {
    fail("{}: expected `body` or `status`, which is what a tool ('{}') answers with, found `say`", place_of(rule.mark),
         channel.name);
  }
}

}  // namespace

std::optional<std::string> first_unsupported(const Schedule& schedule) {
  for (const Fault& fault : schedule.faults) {
    if (works_somewhere(fault.action.name)) continue;
    return fmt::format("{}: '{}' is not available in this version", place_of(fault.mark), name_of(fault.action.name));
  }
  return std::nullopt;
}

const Fault* first_process_fault(const Schedule& schedule) {
  for (const Fault& fault : schedule.faults) {
    if (row_for(fault.action.name, trace::ChannelKind::process) != nullptr) return &fault;
  }
  return nullptr;
}

std::vector<std::string> selectors_without_channel(const Schedule& schedule,
                                                   std::span<const std::string> channel_names) {
  MissingSelectors missing(channel_names);
  for (const Fault& fault : schedule.faults) {
    if (!fault.optional && fault.where != kAgentProcess) missing.look_for(fault.where);
  }
  for (const AnswerRule& rule : schedule.answers) {
    missing.look_for(rule.channel);
    if (!rule.after_tool_error.empty()) missing.look_for("tool:" + rule.after_tool_error);
  }
  return missing.take();
}

void check_channels(const Schedule& schedule, std::span<const trace::Channel> channels) {
  for (const AnswerRule& rule : schedule.answers) {
    for (const trace::Channel& channel : channels) {
      if (selects(rule.channel, channel.name)) check_rule(rule, channel);
    }
  }
  const trace::Channel agent{.kind = trace::ChannelKind::process, .name = std::string(kAgentProcess)};
  for (const Fault& fault : schedule.faults) {
    if (fault.where == kAgentProcess) check_channel(fault, agent);
    for (const trace::Channel& channel : channels) {
      if (selects(fault.where, channel.name)) check_channel(fault, channel);
    }
  }
}

}  // namespace ringback::sim
