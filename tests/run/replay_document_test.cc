// docs/replay.md is the normative text: its constants are those of the code.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "sim/dialog/floor.h"
#include "sim/dialog/reaction.h"
#include "sim/peers/caller.h"
#include "sim/peers/recorded_model.h"
#include "sim/peers/standin_response.h"
#include "sim/peers/tools.h"
#include "sim/run/run.h"
#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"
#include "src/audio/tone.h"
#include "src/host/file.h"

namespace ringback::sim {
namespace {

struct Row {
  const char* name;
  std::int64_t value;
  bool is_time = true;
};

const Row kRows[] = {
    {"frame of the caller's grid, and of the detector", audio::kFrame.ms()},
    {"audible: mean magnitude of 16-bit samples", audio::kAudibleLevel, false},
    {"detector as it is: speech begins after", audio::SpeechDetector::Options().onset.ms()},
    {"detector as it is: speech ends after", audio::SpeechDetector::Options().end_silence.ms()},
    {"furthest that a fitted decision may be off", kFitApartMax.ms()},
    {"patience", CallerOptions().patience.ms()},
    {"gap before an interruption that became an ordinary turn", kOrdinaryGap.ms()},
    {"gap before a hang-up that was not recorded", kGoodbyeGap.ms()},
    {"times that the caller says \"Hello?\"", kHellosMax, false},
    {"time that the agent has after the hang-up", kGraceAfterHangUp.ms()},
    {"longest underrun", audio::Playout::kUnderrunGapMax.ms()},
    {"pause inside an answer", Floor::kPauseMax.ms()},
    {"rest of an interrupted sentence", Floor::kTailMax.ms()},
    {"gap between two words", Floor::kBreathMax.ms()},
    {"longest session", kSessionLengthMax.ms()},
    {"least audio to commit by hand", kCommitMin.ms()},
    {"made-up response: first frame after", kStandinLatency.ms()},
    {"made-up response: audio of a delta", kStandinDelta.ms()},
    {"made-up response: time between deltas", kStandinPace.ms()},
    {"made-up speech, for each character", audio::kTonePerCharacter.ms()},
    {"made-up answer of an unknown tool after", kStubToolLatency.ms()},
    {"calls again in a row", kCallsAgainMax, false},
};

}  // namespace

TEST_CASE("every constant stands in docs/replay.md with the value that it has", "[document]") {
  const std::string document = host::read_whole("docs/replay.md");
  for (const Row& row : kRows) {
    const std::string line = fmt::format("| {} | {}{} |\n", row.name, row.value, row.is_time ? " ms" : "");
    INFO(line);
    CHECK(document.find(line) != std::string::npos);
  }
  // Nor has the table a row that nobody checks.
  const std::size_t begin = document.find("\n", document.find("| constant | value |\n|---|---|")) + 1;
  std::size_t rows = 0;
  for (std::size_t at = document.find("\n", begin); document[at + 1] == '|'; at = document.find("\n", at + 1)) ++rows;
  CHECK(rows == std::size(kRows));
}

TEST_CASE("every reaction stands in docs/replay.md with its words", "[document]") {
  const std::string document = host::read_whole("docs/replay.md");
  for (const Reaction reaction : kReactions)
    CHECK(document.find(fmt::format("| `{}`", name_of(reaction))) != std::string::npos);
  for (const std::string_view said : {kApology, kClaim, kHello})
    CHECK(document.find(fmt::format("\"{}\"", said)) != std::string::npos);
}

}  // namespace ringback::sim
