// Scenario scripts: who says what and when, written by a person, compiled into the trace that a recorder would have
// made of that session: of a media bridge with a Realtime model, a chat, or a cascaded agent. docs/scenario.md
// describes the format.
//
// The compiler plays the call through: the caller's frames go to the model, whose voice activity detection
// (audio::SpeechDetector) starts the turns; the answers stream faster than they are played (audio::Playout); an
// interruption cuts them. So every time in the trace follows from the script and the rules below, and a replay with the
// same rules agrees with it.
//
//   trace::Trace call = import_scenario("clinic.yaml", text, synthesizer);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/time.h"
#include "src/formats/format.h"
#include "src/trace/trace.h"

namespace ringback::formats {

struct ScenarioVoice {
  std::string name;            // as the synthesizer knows it: "en-us+f3"
  int words_per_minute = 175;  // 80 to 400
  int pitch = 50;              // 0 to 99
};

// Says `text`: 16-bit samples at 8,000 a second. Throws Error where it cannot. The importer itself starts no program.
using SpeechSynthesizer = std::function<std::vector<std::int16_t>(const std::string& text, const ScenarioVoice& voice)>;

struct ScenarioTool {
  std::string name;  // "ehr.lookup_patient"; its channel is "tool:ehr.lookup_patient"
  std::string description;
  Bytes parameters;  // JSON schema
  std::string url;
  // The prompt that has it, as an index into Scenario::prompts; nothing: the first prompt.
  std::optional<std::size_t> prompt;
  // Set where calling it hands the call over to this prompt, inside the agent: such a tool has no channel.
  std::optional<std::size_t> hands_over_to;

  // What the model calls it: the part after the last dot.
  std::string function() const;
};

// A further prompt, to which the call can be handed over: other instructions, other tools, the same session.
struct ScenarioPrompt {
  std::string name;  // "billing"
  std::string instructions;
};

struct ScenarioStep {
  enum class Kind { agent, caller, keys, tool, hang_up };
  Kind kind = Kind::agent;
  int line = 0;  // in the script
  // agent, caller: what is said; keys: 0-9 * # A-D; tool: its name; hang_up: "caller" or "agent"
  std::string text;
  // caller, keys, hang_up: silence after the agent was last heard (after a caller's line: after that).
  Duration after = milliseconds(700);
  std::optional<Duration> at;          // caller, keys: time since the start of the call instead
  std::optional<Duration> interrupts;  // caller, keys: time since the agent's current speech was first heard instead
  // agent: from the model being asked to its first audio; tool: from call to answer.
  Duration latency = milliseconds(500);
  Bytes arguments;  // tool: JSON
  Bytes result;     // tool: the body of the answer
  std::int64_t status = 200;
  bool is_at_once = false;               // tool: called in the same answer as the tool before
  int attempts = 1;                      // tool: how often the agent asks; every answer is the same
  Duration backoff = milliseconds(200);  // tool: before the second attempt, doubled each time
  bool gives_up = false;                 // tool: after the last attempt the agent tells the model nothing
};

// What kind of session is recorded.
enum class ScenarioKind {
  realtime,  // a call on an OpenAI Realtime model
  chat,      // a typed conversation on a completion model
  cascade,   // a call on speech-to-text, a completion model and text-to-speech
};

// What a script that somebody wrote may come to.
inline constexpr Duration kScenarioCallMax = seconds(2 * 3600);

struct Scenario {
  std::string title;
  std::string note;
  ScenarioKind kind = ScenarioKind::realtime;
  std::string protocol = "openai-chat";  // chat, cascade: also openai-responses, anthropic-messages
  std::string model;
  std::string instructions;
  ScenarioVoice agent_voice{.name = "en-us+f3", .words_per_minute = 175, .pitch = 55};
  ScenarioVoice caller_voice{.name = "en-gb", .words_per_minute = 165, .pitch = 40};
  std::vector<ScenarioTool> tools;  // those that hand over at the end
  std::vector<ScenarioPrompt> prompts;
  std::vector<ScenarioStep> steps;
  Duration call_max = kScenarioCallMax;  // a realtime call that goes on for longer is an Error
};

inline constexpr std::size_t kScenarioBytesMax = 1u << 20;
inline constexpr std::size_t kScenarioStepsMax = 2000;
inline constexpr std::size_t kScenarioToolsMax = 500;
inline constexpr std::size_t kScenarioLineBytesMax = 2000;
// An answer begins with response.created, and its first sound comes after that.
inline constexpr Duration kScenarioLatencyMin = milliseconds(60);
inline constexpr std::size_t kScenarioPromptsMax = 20;
inline constexpr std::size_t kScenarioKeysMax = 64;

// Throws Error ("NAME: line N: expected ..., found ...") where the script is not valid, or its steps cannot follow each
// other.
Scenario parse_scenario(std::string_view name, BytesView data);
// Plays the call through. Throws Error where a step can never come: an interruption after the speech is over, say.
// A long realtime call lies in `scratch`, see trace::EventLog.
trace::Trace compile_scenario(std::string_view name, const Scenario& scenario, const SpeechSynthesizer& synthesizer,
                              std::shared_ptr<Scratch> scratch = nullptr);

trace::Trace import_scenario(std::string_view name, BytesView data, const SpeechSynthesizer& synthesizer);
Importer scenario_importer(SpeechSynthesizer synthesizer);

}  // namespace ringback::formats
