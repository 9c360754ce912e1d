// Any schedule that an overlay file can say, for properties.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "sim/faults/actions.h"
#include "sim/faults/schedule.h"

namespace ringback::sim {

// Text of any octets that YAML can carry: all of ASCII, and some UTF-8.
inline rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
                          "a", "Z", "0", " ", "\"",   "'",    "\\",   "\n", "\t", "\r", ":", "#",
                          "*", "&", "{", "}", "null", "\x01", "\x7f", "é",  "日", "- ", ": "})),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& piece : pieces) text += piece;
                        return text;
                      });
}

// A text as a name: not empty and not longer than names may be.
inline rc::Gen<std::string> any_name() {
  return rc::gen::map(any_text(), [](const std::string& text) { return text.size() > 200 ? "n" : "n" + text; });
}

inline IntegerRange draw_range(std::uint64_t least) {
  const auto first = *rc::gen::inRange<std::uint64_t>(least, 1000);
  const auto width = *rc::gen::inRange<std::uint64_t>(0, 20);
  return {first, *rc::gen::arbitrary<bool>() ? IntegerRange::kOpenEnd : first + width};
}

inline Duration draw_duration() { return nanoseconds(*rc::gen::inRange<std::int64_t>(1, kScheduleTimeMax.ns())); }

inline Ratio draw_probability() {
  const auto denominator = *rc::gen::inRange<std::uint64_t>(1, 1000);
  return {*rc::gen::inRange<std::uint64_t>(0, denominator + 1), denominator};
}

inline Anchor draw_anchor() {
  Anchor anchor;
  if (*rc::gen::arbitrary<bool>()) anchor.call = draw_range(1);
  if (*rc::gen::arbitrary<bool>()) anchor.response = draw_range(1);
  if (*rc::gen::arbitrary<bool>()) anchor.frame = draw_range(0);
  if (*rc::gen::arbitrary<bool>()) anchor.time = VirtualTime() + draw_duration();
  if (anchor.time) anchor.duration = draw_duration();
  if (*rc::gen::arbitrary<bool>()) anchor.probability = draw_probability();
  if (*rc::gen::arbitrary<bool>()) anchor.occurrence = draw_range(1);
  return anchor;
}

inline ActionArgument draw_argument(const ActionRow& row) {
  const std::int64_t most = std::min<std::int64_t>(row.most, row.least + 5000);
  switch (row.type) {
    case ArgumentType::nothing:
      return {};
    case ArgumentType::integer:
    case ArgumentType::size:
    case ArgumentType::rate:
      return *rc::gen::inRange<std::int64_t>(row.least, most + 1);
    case ArgumentType::text:
      return *any_text();
    case ArgumentType::duration:
      return draw_duration();
    case ArgumentType::signed_duration:
      return *rc::gen::arbitrary<bool>() ? draw_duration() : Duration() - draw_duration();
    case ArgumentType::probability:
      return draw_probability();
    case ArgumentType::factor:
      return Ratio{*rc::gen::inRange<std::uint64_t>(1, 9), *rc::gen::inRange<std::uint64_t>(1, 9)};
  }
  return {};
}

inline Action draw_action() {
  const ActionRow row = *rc::gen::elementOf(std::vector<ActionRow>(action_table().begin(), action_table().end()));
  const bool is_left_out = !row.argument_required && *rc::gen::arbitrary<bool>();
  if (row.name == ActionName::dtmf) return {.name = row.name, .argument = Bytes("#")};
  if (row.name == ActionName::slow)
    return {.name = row.name, .argument = Ratio{*rc::gen::inRange<std::uint64_t>(9, 20), 8}};
  return {.name = row.name, .argument = is_left_out ? ActionArgument() : draw_argument(row)};
}

inline AnswerRule draw_answer() {
  AnswerRule rule{.channel = *any_name()};
  if (*rc::gen::arbitrary<bool>()) rule.call = draw_range(1);
  if (*rc::gen::arbitrary<bool>()) rule.arguments = R"({"a": 1,"b": [true,null,"x: y"],"c": {}})";
  if (*rc::gen::arbitrary<bool>()) rule.after_tool_error = *any_name();
  if (*rc::gen::arbitrary<bool>()) rule.delay = draw_duration();
  if (*rc::gen::arbitrary<bool>()) {
    rule.say = *any_text();
  } else {
    rule.body = *any_text();
    rule.status = *rc::gen::inRange<std::int64_t>(200, 600);
  }
  return rule;
}

inline Schedule draw_schedule() {
  Schedule schedule;
  const auto faults = *rc::gen::inRange<std::size_t>(0, 5);
  for (std::size_t i = 0; i < faults; ++i) {
    schedule.faults.push_back({.id = fmt::format("{}{}", *any_name(), i),
                               .where = *any_name(),
                               .at = draw_anchor(),
                               .action = draw_action(),
                               .optional = *rc::gen::arbitrary<bool>()});
  }
  const auto answers = *rc::gen::inRange<std::size_t>(0, 3);
  for (std::size_t i = 0; i < answers; ++i) schedule.answers.push_back(draw_answer());
  if (*rc::gen::arbitrary<bool>()) schedule.binds.push_back({.channel = *any_name(), .url = *any_text()});
  return schedule;
}

}  // namespace ringback::sim
