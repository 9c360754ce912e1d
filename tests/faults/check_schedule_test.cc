#include "sim/faults/check_schedule.h"

#include <catch2/catch.hpp>

#include "sim/faults/actions.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

using trace::Channel;
using trace::ChannelKind;

const std::vector<Channel> kChannels = {{.id = 1, .kind = ChannelKind::audio, .name = "caller.audio"},
                                        {.id = 2, .kind = ChannelKind::model, .name = "model"},
                                        {.id = 3, .kind = ChannelKind::tool, .name = "tool:crm.find"},
                                        {.id = 4, .kind = ChannelKind::caller, .name = "caller"}};

std::string channel_complaint(std::string_view faults) {
  const Schedule schedule = overlay(faults);
  try {
    check_channels(schedule, kChannels);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("every action works somewhere or is refused by name and place") {
  for (const ActionRow& row : action_table()) {
    Schedule schedule{.faults = {{.id = "f", .where = "m", .action = {row.name}, .mark = {"o.yaml", 3, 5}}}};
    bool works = false;
    for (const ActionRow& other : action_table()) works = works || (other.name == row.name && other.is_available);
    INFO(row.word);
    const auto message = first_unsupported(schedule);
    CHECK(message.has_value() != works);
    if (message) CHECK(*message == fmt::format("o.yaml:3:5: '{}' is not available in this version", row.word));
  }
}

TEST_CASE("a schedule of what works is accepted") {
  const Schedule schedule = overlay("- {where: a, do: malformed}\n- {where: b, do: cut}\n- {where: c, do: silence}");
  CHECK_FALSE(first_unsupported(schedule).has_value());
}

TEST_CASE("selectors that name no channel are told, each once and without optional faults") {
  const Schedule schedule = parse_schedule("o.yaml", R"(ringback: 1
faults:
  - {where: "tool:crm.*", do: malformed}
  - {where: "tool:ehr.*", do: malformed}
  - {where: "tool:ehr.*", do: timeout}
  - {where: "tool:billing", do: timeout, optional: true}
answers:
  - {when: {channel: model, after_tool_error: find}, say: a}
  - {when: {channel: modle, after_tool_error: crm.find}, say: a}
)");
  const std::vector<std::string> names = {"caller.audio", "model", "tool:crm.find"};
  CHECK(selectors_without_channel(schedule, names) == std::vector<std::string>{"tool:ehr.*", "tool:find", "modle"});
}

TEST_CASE("an action on a channel of another kind is refused") {
  CHECK(
      channel_complaint("- {where: tool:crm.find, do: silence}") ==
      "o.yaml:3:3: expected an action for 'tool:crm.find', which is of kind tool, found 'silence', which is for audio");
  CHECK(channel_complaint("- {where: caller.audio, do: {status: 500}}") ==
        "o.yaml:3:3: expected an action for 'caller.audio', which is of kind audio, found 'status', which is for tool");
  CHECK(channel_complaint("- {where: \"*\", do: {status: 500}}") != "");
}

TEST_CASE("an action that works elsewhere only is refused on the channel where it does not") {
  const std::vector<Channel> bus = {{.id = 1, .kind = ChannelKind::bus, .name = "bus"}};
  const Schedule schedule = overlay("- {where: bus, do: {delay: 1s}}");
  CHECK_THROWS_WITH(check_channels(schedule, bus),
                    "o.yaml:3:3: 'delay' on 'bus', which is of kind bus, is not available in this version");
  CHECK(channel_complaint("- {where: model, do: reset}").empty());
}

TEST_CASE("a word that takes an argument here is refused without one, though it stands alone elsewhere") {
  CHECK(channel_complaint("- {where: caller.audio, do: drop}") ==
        "o.yaml:3:3: expected 'drop' with its argument on 'caller.audio', found none");
  CHECK(channel_complaint("- {where: caller.audio, do: {drop: 1/10}}").empty());
}

TEST_CASE("only the caller presses keys") {
  const std::vector<Channel> agent = {{.id = 1, .kind = ChannelKind::audio, .name = "agent.audio"}};
  const Schedule schedule = overlay("- {where: \"*.audio\", do: {dtmf: \"5\"}}");
  CHECK_THROWS_WITH(check_channels(schedule, agent),
                    "o.yaml:3:3: expected 'caller.audio' for a key that the caller presses, found 'agent.audio'");
  CHECK(channel_complaint("- {where: caller.audio, do: {dtmf: \"5\"}}").empty());
}

TEST_CASE("an anchor that means nothing on the channel is refused") {
  CHECK(channel_complaint("- {where: model, at: {call: 1}, do: cut}") ==
        "o.yaml:3:3: expected an `at` that has a meaning on 'model', which is of kind model, found 'call'");
  CHECK(channel_complaint("- {where: tool:crm.find, at: {token: 1}, do: timeout}") ==
        "o.yaml:3:3: expected an `at` that has a meaning on 'tool:crm.find', which is of kind tool, found 'token'");
  CHECK(channel_complaint("- {where: caller.audio, at: {response: 1}, do: silence}").ends_with("found 'response'"));
  CHECK(channel_complaint("- {where: model, at: {frame: 1}, do: cut}").ends_with("found 'frame'"));
  CHECK(channel_complaint("- {where: tool:crm.find, at: {event: 1}, do: timeout}").ends_with("found 'event'"));
  CHECK(channel_complaint("- {where: tool:crm.find, at: {byte: 1}, do: timeout}").ends_with("found 'byte'"));
}

TEST_CASE("what fits is accepted") {
  CHECK(channel_complaint(
            "- {where: tool:*, at: {call: 1.., time: 1s, for: 2s, probability: 1/2, occurrence: 3}, do: timeout}\n"
            "- {where: model, at: {response: 2, token: 47, event: 3, byte: 0..}, do: cut}\n"
            "- {where: \"*.audio\", at: {frame: 1204}, do: silence}")
            .empty());
}

}  // namespace
}  // namespace ringback::sim
