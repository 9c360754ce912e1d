#include "sim/explore/turns.h"

#include <catch2/catch.hpp>

#include "src/audio/format.h"
#include "src/audio/tone.h"

namespace ringback::sim {
namespace {

using trace::Direction;
using trace::EventKind;

VirtualTime at(std::int64_t ms) { return VirtualTime() + milliseconds(ms); }

// Three typed turns at 1, 3 and 5 s, each with one call of the tool that begins 100 ms later and takes 200 ms.
trace::Trace three_turns() {
  trace::Trace call;
  const auto caller = call.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto tool = call.declare({.kind = trace::ChannelKind::tool, .name = "tool:crm.lookup"});
  for (std::uint32_t turn = 1; turn <= 3; ++turn) {
    const std::int64_t begin = 2000 * turn - 1000;
    const std::string text = "turn " + std::to_string(turn);
    call.add(trace::make_event({.at = at(begin), .channel = caller, .direction = Direction::to_agent},
                               trace::Text{.text = text}));
    call.add(trace::make_event(
        {.at = at(begin + 100), .channel = tool, .direction = Direction::from_agent, .exchange = turn},
        trace::Request{.body = text}));
    call.add(
        trace::make_event({.at = at(begin + 300), .channel = tool, .direction = Direction::to_agent, .exchange = turn},
                          trace::Response{.status = 200, .body = text}));
  }
  return call;
}

std::vector<std::string> requests_of(const trace::Trace& call) {
  std::vector<std::string> found;
  for (const trace::Event& event : call.events) {
    if (event.kind != EventKind::request) continue;
    found.push_back(fmt::format("{} of {} at {}", trace::body_of<trace::Request>(event).body, event.exchange,
                                to_seconds_text(event.at.since_start())));
  }
  return found;
}

Case with_fault(Anchor anchor) {
  Case one;
  one.schedule.faults = {
      {.id = "a", .where = "tool:crm.lookup", .at = anchor, .action = {.name = ActionName::timeout}}};
  return one;
}

}  // namespace

TEST_CASE("a turn begins with what the caller types", "[turns]") {
  CHECK(turn_begins(three_turns()) == std::vector<VirtualTime>{at(1000), at(3000), at(5000)});
}

TEST_CASE("a turn begins with the first sound behind a pause", "[turns]") {
  trace::Trace call;
  const auto track =
      call.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  const audio::Format format = audio::format_of("mulaw", 8000);
  const Bytes tone = audio::tone_speech("aaaaaaaa", format).substr(0, audio::frame_bytes(format));
  const Bytes quiet = audio::silence(tone.size(), format);
  for (std::int64_t frame = 0; frame < 200; ++frame) {
    // Sound from 0.4 s to 1 s with a short breath in it, and from 2 s to 3 s.
    const bool speaks = (frame >= 20 && frame < 50 && frame != 30) || (frame >= 100 && frame < 150);
    call.add(trace::make_event({.at = at(20 * frame), .channel = track, .direction = Direction::to_agent},
                               trace::Audio{.samples = speaks ? tone : quiet}));
  }
  CHECK(turn_begins(call) == std::vector<VirtualTime>{at(400), at(2000)});
}

TEST_CASE("without the middle turn the last one moves forward, and is numbered anew", "[turns]") {
  const trace::Trace call = three_turns();
  const Case third = with_fault({.call = IntegerRange{3, 3}});
  const ShorterCall left = with_turns(call, third, turn_begins(call), {0, 2});
  CHECK(requests_of(left.recording) == std::vector<std::string>{"turn 1 of 1 at 1.100 s", "turn 3 of 2 at 3.100 s"});
  CHECK(left.one.schedule.faults.front().at.call == IntegerRange{2, 2});
  CHECK(left.recording.duration() == milliseconds(3300));

  const ShorterCall timed = with_turns(call, with_fault({.time = at(5300)}), turn_begins(call), {0, 2});
  CHECK(timed.one.schedule.faults.front().at.time == at(3300));
  const ShorterCall open =
      with_turns(call, with_fault({.call = IntegerRange{2, IntegerRange::kOpenEnd}}), turn_begins(call), {0, 2});
  CHECK(open.one.schedule.faults.front().at.call == IntegerRange{2, IntegerRange::kOpenEnd});
}

TEST_CASE("an exchange that is left out leaves the times as they are", "[turns]") {
  const trace::Trace call = three_turns();
  const std::vector<ExchangeId> exchanges = exchanges_of(call);
  REQUIRE(exchanges.size() == 3);
  Case latency;
  latency.mutations = {{.name = MutationName::latency, .channel = "tool:crm.lookup", .at = 3, .count = 2}};
  const ShorterCall left = with_exchanges(call, latency, exchanges, {0, 2});
  CHECK(requests_of(left.recording) == std::vector<std::string>{"turn 1 of 1 at 1.100 s", "turn 3 of 2 at 5.100 s"});
  CHECK(left.one.mutations.front().at == 2);
}

TEST_CASE("both calls of a swap move, and a pattern that names one channel", "[turns]") {
  const trace::Trace call = three_turns();
  Case one = with_fault({.call = IntegerRange{3, 3}});
  one.schedule.faults.front().where = "tool:crm.*";
  one.mutations = {{.name = MutationName::swap_results, .channel = "tool:crm.lookup", .at = 2, .count = 3}};
  const ShorterCall left = with_exchanges(call, one, exchanges_of(call), {1, 2});
  CHECK(left.one.mutations.front().at == 1);
  CHECK(left.one.mutations.front().count == 2);
  CHECK(left.one.schedule.faults.front().at.call == IntegerRange{2, 2});
}

TEST_CASE("a pattern over several channels keeps its numbers", "[turns]") {
  trace::Trace call = three_turns();
  call.declare({.kind = trace::ChannelKind::tool, .name = "tool:crm.note"});
  Case one = with_fault({.call = IntegerRange{3, 3}});
  one.schedule.faults.front().where = "tool:crm.*";
  CHECK(with_exchanges(call, one, exchanges_of(call), {1, 2}).one.schedule.faults.front().at.call ==
        IntegerRange{3, 3});
}

}  // namespace ringback::sim
