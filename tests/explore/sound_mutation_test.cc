#include <catch2/catch.hpp>

#include "sim/explore/mutation.h"
#include "sim/explore/simplify.h"
#include "src/audio/level.h"
#include "src/audio/tone.h"

namespace ringback::sim {
namespace {

constexpr audio::Format kTelephone{.encoding = audio::Encoding::mulaw, .rate = 8000};
constexpr std::uint64_t kFrames = 200;

// Four seconds: frames 50 to 79 speak, all else is silent.
trace::Trace caller_track() {
  trace::Trace trace;
  trace.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto track =
      trace.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  const Bytes speech = audio::tone_speech("ten letter", kTelephone);
  for (std::uint64_t i = 0; i < kFrames; ++i) {
    const bool speaks = i >= 50 && i < 80;
    trace.add(trace::make_event(
        {.at = VirtualTime() + milliseconds(static_cast<std::int64_t>(20 * i)),
         .channel = track,
         .direction = trace::Direction::to_agent},
        trace::Audio{.samples = speaks ? speech.substr((i - 50) * 160, 160) : audio::silence(160, kTelephone)}));
  }
  return trace;
}

std::vector<Bytes> frames_of(const trace::Trace& trace) {
  std::vector<Bytes> frames;
  for (const trace::Event& event : trace.events) {
    if (event.kind == trace::EventKind::audio) frames.push_back(trace::body_of<trace::Audio>(event).samples);
  }
  return frames;
}

std::vector<Bytes> mutate(MutationName name, std::uint64_t at, std::uint64_t count) {
  return frames_of(mutated(caller_track(),
                           std::vector<Mutation>{{.name = name, .channel = "caller.audio", .at = at, .count = count}}));
}

std::uint64_t audible(const std::vector<Bytes>& frames) {
  std::uint64_t count = 0;
  for (const Bytes& frame : frames) count += audio::is_audible(frame, kTelephone) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("frames that are cut leave the rest of what is said earlier, and the track as long as it was", "[mutation]") {
  const std::vector<Bytes> before = frames_of(caller_track());
  const std::vector<Bytes> after = mutate(MutationName::cut, 60, 5);
  REQUIRE(after.size() == kFrames);
  CHECK(audible(before) == 30);
  CHECK(audible(after) == 25);
  CHECK(after[59] == before[59]);
  CHECK(after[60] == before[65]);
  CHECK(after[74] == before[79]);
  CHECK_FALSE(audio::is_audible(after[75], kTelephone));
}

TEST_CASE("frames are repeated, stretched, swapped and silenced in their place", "[mutation]") {
  const std::vector<Bytes> before = frames_of(caller_track());
  const std::vector<Bytes> repeated = mutate(MutationName::repeat, 60, 5);
  CHECK(repeated[65] == before[60]);
  CHECK(repeated[70] == before[65]);
  CHECK(audible(repeated) == 35);
  const std::vector<Bytes> stretched = mutate(MutationName::stretch, 60, 5);
  CHECK(stretched[61] == before[60]);
  CHECK(stretched[62] == before[61]);
  CHECK(stretched[70] == before[65]);
  const std::vector<Bytes> swapped = mutate(MutationName::swap, 60, 5);
  CHECK(swapped[60] == before[65]);
  CHECK(swapped[65] == before[60]);
  CHECK(swapped[70] == before[70]);
  CHECK(audible(mutate(MutationName::silence, 60, 5)) == 25);
  const std::vector<Bytes> spoken = mutate(MutationName::speech, 120, 10);
  CHECK(spoken[120] == before[50]);
  CHECK(audible(spoken) == 40);
  CHECK(mutate(MutationName::cut, kFrames, 5) == before);
}

TEST_CASE("a key is pressed at its frame", "[mutation]") {
  const trace::Trace pressed =
      mutated(caller_track(),
              std::vector<Mutation>{{.name = MutationName::digit, .channel = "caller.audio", .at = 70, .value = "5"}});
  std::uint64_t keys = 0;
  for (const trace::Event& event : pressed.events) {
    if (event.kind != trace::EventKind::dtmf) continue;
    ++keys;
    CHECK(((event.at - VirtualTime()) == milliseconds(1400)));
    CHECK(trace::body_of<trace::Dtmf>(event).digit == "5");
  }
  CHECK(keys == 1);
}

TEST_CASE("bursts keep what is audible and nothing else", "[simplify]") {
  const std::vector<Bytes> before = frames_of(caller_track());
  const std::vector<Bytes> after = frames_of(with_bursts(caller_track()));
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(audio::is_audible(before[i], kTelephone) == audio::is_audible(after[i], kTelephone));
    if (audio::is_audible(after[i], kTelephone)) CHECK(after[i] == after[50]);
  }
}

TEST_CASE("a recording that is cut keeps its beginning", "[simplify]") {
  const trace::Trace cut = cut_after(caller_track(), VirtualTime() + seconds(1));
  CHECK(frames_of(cut).size() == 51);
  CHECK(cut.channels.channels().size() == 2);
}

}  // namespace ringback::sim
