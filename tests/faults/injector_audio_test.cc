// What the actions of the audio family make of a track of frames.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/faults/crossings.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

const Sound kTelephone{};

std::vector<Sent> track(std::size_t frames) {
  std::vector<Sent> all;
  for (std::size_t i = 0; i < frames; ++i) {
    all.push_back({.channel = "caller.audio",
                   .kind = trace::ChannelKind::audio,
                   .event = trace::make_event({.channel = 1, .direction = trace::Direction::to_agent},
                                              trace::Audio{.samples = Bytes(160, 'a')}),
                   .at = VirtualTime() + milliseconds(20) * static_cast<std::int64_t>(i),
                   .event_number = i + 1,
                   .sound = &kTelephone,
                   .first_sample = 160 * i});
  }
  return all;
}

std::vector<LinkVerdict> verdicts_of(std::string_view faults, std::size_t frames, Seed seed = 0) {
  const Schedule schedule = overlay(faults);
  return judge_all(schedule, seed, track(frames));
}

TEST_CASE("garble and clip change the frames that they name and no length", "[injector]") {
  for (const char* action : {"{garble: {snr_db: 0}}", "clip"}) {
    const auto verdicts = verdicts_of(fmt::format("- {{where: caller.audio, at: {{frame: 1}}, do: {}}}", action), 3);
    CHECK(verdicts[0].intact());
    CHECK(verdicts[2].intact());
    const Bytes samples = trace::body_of<trace::Audio>(verdicts[1].replacement.value()).samples;
    CHECK(samples.size() == 160);
    CHECK(samples != Bytes(160, 'a'));
  }
}

TEST_CASE("a share of the frames is lost, others under another seed", "[injector]") {
  const auto lost = [](Seed seed) {
    std::string text;
    for (const LinkVerdict& verdict : verdicts_of("- {where: caller.audio, do: {drop: 1/10}}", 500, seed))
      text += verdict.fate == LinkVerdict::Fate::drop ? '-' : 'd';
    return text;
  };
  const std::string first = lost(1);
  CHECK(std::count(first.begin(), first.end(), '-') > 25);
  CHECK(std::count(first.begin(), first.end(), '-') < 80);
  CHECK(first != lost(2));
}

TEST_CASE("a share that nobody gave loses nothing", "[injector]") {
  for (const LinkVerdict& verdict : verdicts_of("- {where: caller.audio, do: drop}", 3)) CHECK(verdict.intact());
}

TEST_CASE("every frame is late, or late by up to the jitter", "[injector]") {
  for (const LinkVerdict& verdict : verdicts_of("- {where: caller.audio, do: {delay: 400ms}}", 3))
    CHECK(verdict.delay == milliseconds(400));
  Duration longest;
  for (const LinkVerdict& verdict : verdicts_of("- {where: caller.audio, do: {jitter: 60ms}}", 100)) {
    REQUIRE(verdict.delay <= milliseconds(60));
    longest = std::max(longest, verdict.delay);
  }
  CHECK(longest > milliseconds(40));
}

TEST_CASE("late frames can be named", "[injector]") {
  const auto verdicts = verdicts_of("- {where: caller.audio, at: {frame: 1}, do: {delay: 1s}}", 3);
  CHECK(verdicts[0].intact());
  CHECK(verdicts[1].delay == seconds(1));
  CHECK(verdicts[2].intact());
}

TEST_CASE("a key is pressed once, at the frame that is named", "[injector]") {
  const auto verdicts = verdicts_of("- {where: caller.audio, at: {frame: 1..}, do: {dtmf: \"5\"}}", 4);
  CHECK(verdicts[0].keys.empty());
  CHECK(verdicts[1].keys == "5");
  CHECK(verdicts[1].intact());
  CHECK(verdicts[2].keys.empty());
}

}  // namespace
}  // namespace ringback::sim
