#include "tests/bench/long_call.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "src/audio/format.h"
#include "src/audio/g711.h"
#include "src/audio/playout.h"
#include "src/audio/tone.h"
#include "src/base/error.h"
#include "src/formats/scenario.h"

namespace ringback::sim {
namespace {

constexpr const char* kHead = R"(ringback: 1
title: A long call
instructions: Be brief.
tools:
  - name: ehr.lookup_patient
    description: Finds a patient.
    parameters: {type: object, properties: {id: {type: integer}}}
steps:
  - agent: Good morning, what can I do for you?
)";

// How long a turn and the rest of the call take; their lines are as long as their texts.
constexpr Duration kTurn = milliseconds(18'700);
constexpr Duration kGreeting = seconds(8);

// Three lines with their pauses and a tool.
std::string turn(std::int64_t number) {
  return fmt::format(
      R"(  - caller: Please find the patient with the number {0}, and tell me when the next visit is planned.
    after: 900ms
  - agent: One moment, please, I look it up.
    latency: 600ms
  - tool: ehr.lookup_patient
    arguments: {{id: {0}}}
    result: {{id: {0}, name: Ann, next_visit: "2026-03-12"}}
    latency: 1200ms
  - agent: The patient's name is Ann, and the next visit is planned for the twelfth of March in the morning at nine. Is there anything else that I can do for you?
    latency: 600ms
)",
      number);
}

// 60 ms of tone a character, with 200 ms of silence around it to be trimmed.
std::vector<std::int16_t> speak_in_tones(const std::string& text, const formats::ScenarioVoice&) {
  const audio::Format pcm{.encoding = audio::Encoding::pcm16le, .rate = 8000};
  const Bytes pause = audio::silence(audio::bytes_for(milliseconds(200), pcm), pcm);
  return audio::decode(pause + audio::tone_speech(text, pcm) + pause, pcm);
}

}  // namespace

trace::Trace long_call(int minutes, std::shared_ptr<Scratch> scratch) {
  RINGBACK_CHECK(minutes >= 1 && minutes <= kLongCallMinutesMax, "a long call has {} minutes", minutes);
  const Duration length = seconds(minutes * 60);
  const std::int64_t turns = (length - kGreeting).ns() / kTurn.ns();
  formats::Scenario scenario;
  // Longer than a script may be: made of several.
  constexpr std::int64_t kTurnsOfScript = 400;
  for (std::int64_t first = 1; first <= turns; first += kTurnsOfScript) {
    std::string script = kHead;
    for (std::int64_t i = first; i <= std::min(turns, first + kTurnsOfScript - 1); ++i) script += turn(i);
    script += "  - hang_up: caller\n    after: 1s\n";
    formats::Scenario part = formats::parse_scenario("long-call.yaml", script);
    if (first == 1) {
      scenario = std::move(part);
      continue;
    }
    scenario.steps.pop_back();                                                              // the hanging up
    scenario.steps.insert(scenario.steps.end(), part.steps.begin() + 1, part.steps.end());  // without the greeting
  }
  scenario.call_max = length;
  trace::Trace call = formats::compile_scenario("long-call.yaml", scenario, speak_in_tones, std::move(scratch));
  const Duration reached = call.duration();
  // Turns are a little shorter than kTurn, which adds up: a hundredth is not missed.
  RINGBACK_CHECK(reached <= length && reached + kTurn + kTurn + length / 100 >= length,
                 "{} minutes are asked, and {} came", minutes, to_seconds_text(reached));
  return call;
}

}  // namespace ringback::sim
