#include "sim/peers/rules.h"

#include <algorithm>

#include <boost/json.hpp>

#include "src/wire/canonical_json.h"

namespace ringback::sim {
namespace {

// Whether every member of the object `wanted` is in `actual` with the same value.
bool has_members(BytesView wanted, BytesView actual) {
  boost::json::error_code error;
  const boost::json::value wanted_value =
      boost::json::parse(boost::json::string_view(wanted.data(), wanted.size()), error);
  if (error || !wanted_value.is_object()) return false;
  const boost::json::value actual_value =
      boost::json::parse(boost::json::string_view(actual.data(), actual.size()), error);
  if (error || !actual_value.is_object()) return false;
  return std::all_of(wanted_value.get_object().begin(), wanted_value.get_object().end(), [&](const auto& member) {
    const boost::json::value* found = actual_value.get_object().if_contains(member.key());
    return found != nullptr && wire::canonical_json(boost::json::serialize(*found)) ==
                                   wire::canonical_json(boost::json::serialize(member.value()));
  });
}

bool applies(const AnswerRule& rule, const RuleRequest& request) {
  if (!selects(rule.channel, request.channel)) return false;
  if (rule.call.has_value() && !rule.call->contains(request.call)) return false;
  if (rule.response.has_value() && !rule.response->contains(request.response)) return false;
  if (!rule.after_tool_error.empty() &&
      std::none_of(request.failing_tools.begin(), request.failing_tools.end(),
                   [&](const std::string& tool) { return selects(rule.after_tool_error, tool); })) {
    return false;
  }
  return rule.arguments.empty() || has_members(rule.arguments, request.arguments);
}

}  // namespace

std::optional<std::size_t> find_rule(const Schedule& schedule, const RuleRequest& request) {
  for (std::size_t i = 0; i < schedule.answers.size(); ++i) {
    if (applies(schedule.answers[i], request)) return i;
  }
  return std::nullopt;
}

}  // namespace ringback::sim
