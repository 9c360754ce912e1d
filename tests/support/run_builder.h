// Builds a finished run from a few lines, for tests of what folds over one.
//
//   RunBuilder run;
//   run.caller_speaks(1s, 2s).requested(3200ms).created(3300ms, "r1").agent_speaks(3500ms, 2s).done(3600ms, "r1");
//   run.hang_up(8s, "caller");
//   RunResult result = run.result();
//
// Lines may come in any order; what was given one time keeps its order. All times count from the start of the call.
// Sound is a tone in mu-law at 8000 samples a second. The agent's is one event: it is heard Playout's start delay (40
// ms) later.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "sim/run/result.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

struct RecordedAnswer {
  std::uint32_t attempt = 1;
  std::string body = "{}";
  std::int64_t status = 200;
  trace::Origin origin = trace::Origin::recorded;
};

class RunBuilder {
 public:
  using Time = std::chrono::milliseconds;
  // With sound by default; without, the conversation is typed.
  enum class Kind { voice, typed };
  explicit RunBuilder(Kind kind = Kind::voice);

  RunBuilder& caller_speaks(Time at, Time length);
  RunBuilder& caller_types(Time at, const std::string& text);
  RunBuilder& agent_speaks(Time at, Time length);
  RunBuilder& agent_sends_silence(Time at, Time length);
  RunBuilder& agent_transcript(Time at, const std::string& text);
  RunBuilder& agent_types(Time at, const std::string& text);
  RunBuilder& agent_clears(Time at);
  RunBuilder& caller_presses(Time at, const std::string& digit);
  RunBuilder& hang_up(Time at, const std::string& by, const std::string& reason = "");

  // The model's channel, either side of it.
  RunBuilder& to_agent(Time at, const wire::RealtimeFrame& frame, trace::Origin origin = trace::Origin::recorded);
  RunBuilder& from_agent(Time at, const wire::RealtimeFrame& frame);
  RunBuilder& requested(Time at);
  RunBuilder& created(Time at, const std::string& id, trace::Origin origin = trace::Origin::recorded);
  RunBuilder& token(Time at, const std::string& id, const std::string& text = "word");
  RunBuilder& sound(Time at, const std::string& id);
  RunBuilder& done(Time at, const std::string& id, const std::string& status = "completed",
                   const std::string& reason = "");
  RunBuilder& calls(Time at, const std::string& id, const std::string& call_id, const std::string& function);
  RunBuilder& output(Time at, const std::string& call_id, const std::string& text = "{}");
  RunBuilder& refused(Time at, const std::string& code);
  RunBuilder& model_closed(Time at, std::int64_t code = 1006);
  RunBuilder& model_opens(Time at);
  // Sound of one item of a response: PCM at 24 kHz, as the model sends it where nothing else was agreed.
  RunBuilder& item_sound(Time at, const std::string& id, const std::string& item, Time length);
  RunBuilder& calls_with(Time at, const std::string& id, const std::string& call_id, const std::string& function,
                         const std::string& arguments);
  RunBuilder& usage(Time at, const std::string& id, int input_tokens, int output_tokens);

  // A tool's channel; attempts number themselves.
  RunBuilder& asks(Time at, const std::string& tool, const std::string& arguments = "{}",
                   const std::string& headers = "");
  // A fault keeps the request from arriving.
  RunBuilder& swallows(Time at, const std::string& tool, std::uint32_t attempt, const std::string& action = "reset");
  RunBuilder& answers(Time at, const std::string& tool, const RecordedAnswer& answer = {});
  RunBuilder& breaks(Time at, const std::string& tool, std::uint32_t attempt, const std::string& reason = "reset");
  RunBuilder& gives_up(Time at, const std::string& tool, std::uint32_t attempt);

  // A fault acted on `channel`; what it acted on may be given as an event of the caller's track.
  RunBuilder& fault(Time at, const std::string& channel, const std::string& id, const std::string& action,
                    const std::string& detail = "", std::uint32_t exchange = 0);
  // The caller speaks, and a fault makes silence of it.
  RunBuilder& caller_speaks_unheard(Time at, Time length, const std::string& fault_id);
  RunBuilder& diverges(Time at, const std::string& channel, const std::string& expected, const std::string& actual);
  RunBuilder& facts(const std::string& times, const std::string& audio = "");

  // With digest and end; every call gives the same.
  RunResult result() const;

 private:
  trace::ChannelId channel(const std::string& name);
  template <class Body>
  RunBuilder& add(Time at, const std::string& name, trace::Direction direction, const Body& body,
                  trace::Origin origin = trace::Origin::recorded, std::uint32_t exchange = 0);

  std::vector<trace::Channel> channels_;
  std::map<std::string, trace::ChannelId> ids_;
  std::map<std::string, std::uint32_t> attempts_;
  std::vector<trace::Event> events_;
  trace::RecordingFacts facts_;
  RunResult result_;
};

}  // namespace ringback::sim
