// What happened in a run, in the words that properties are about: turns, waits, responses, calls, attempts, faults.
//
// One pass over the events of a run trace (or of a capture), no clock, no other input. Every entry knows the event that
// it comes from, so that a verdict can name its evidence. docs/properties.md has the rules.
//
//   const Timeline timeline = build_timeline(result.run, result.end);
//   for (const Wait& wait : timeline.waits) ...
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/dialog/floor.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Position in Trace::events.
using EventIndex = std::size_t;

// A stretch of sound, or a text (begin == end).
struct Spoken {
  VirtualTime begin;
  VirtualTime end;
  std::string text;  // typed, or the transcript as far as the run has one
  EventIndex event = 0;
};

// A stretch of audible sound without any gap.
struct Heard {
  VirtualTime begin;
  VirtualTime end;
  EventIndex event = 0;
};

// Words of the agent, when they were written down or arrived.
struct Words {
  VirtualTime at;
  std::string text;
  EventIndex event = 0;
};

// The agent stopped what it was saying: a clear while something was queued.
struct Interruption {
  VirtualTime at;
  EventIndex event = 0;
  Duration dropped;
};

// The agent's sound ran dry before more of the same answer came.
struct Underrun {
  VirtualTime at;
  EventIndex event = 0;  // the sound that came too late
  Duration gap;
};

struct ModelResponse {
  std::string channel;
  std::uint32_t exchange = 0;            // of its events
  std::uint32_t number = 0;              // on its channel, from 1, in order of the first event about it
  EventIndex event = 0;                  // that event
  std::optional<VirtualTime> requested;  // response.create; nothing where the model began by itself
  std::optional<VirtualTime> created;
  std::optional<VirtualTime> first_token;
  std::optional<VirtualTime> first_audio;
  std::optional<VirtualTime> done;
  // As the model says: completed, cancelled, failed, incomplete; "refused" by an error, "lost" with the connection;
  // empty while it is open.
  std::string status;
  std::string detail;              // reason or error code
  bool in_conversation = true;     // false: a response beside the conversation, which nobody waits for
  bool is_stand_in = false;        // its answer is not of the recording
  std::uint64_t input_tokens = 0;  // as the model reports its usage
  std::uint64_t output_tokens = 0;

  VirtualTime begin() const { return requested ? *requested : created.value_or(VirtualTime()); }
};

// A function call that the model asked for.
struct FunctionCall {
  std::string channel;
  std::string name;
  std::string call_id;
  std::string arguments;  // canonical
  VirtualTime opened;     // they were complete
  EventIndex event = 0;
  std::optional<VirtualTime> answered;  // its output was sent
  EventIndex answer_event = 0;
  std::string output;     // canonical; what the model was told
  bool was_lost = false;  // the connection broke before; nobody could take the output
};

// One attempt on a tool.
struct ToolExchange {
  enum class Outcome { pending, answered, malformed, error_status, failed, abandoned };
  std::string channel;        // "tool:ehr.lookup_patient"
  std::uint32_t attempt = 0;  // on the channel, from 1
  EventIndex event = 0;       // the request
  VirtualTime requested;
  std::string arguments;  // canonical
  Outcome outcome = Outcome::pending;
  std::optional<VirtualTime> ended;
  EventIndex end_event = 0;
  std::int64_t status = 0;
  std::string body;                                // the answer as it arrived, or why there was none
  trace::Origin origin = trace::Origin::captured;  // of the answer
  std::string fault;            // id of the last fault that acted on this attempt; empty where none did
  bool arrived = true;          // the request reached the tool
  bool is_sdk_retry = false;    // its headers say that a library sent it again
  std::string idempotency_key;  // of its headers

  bool is_ok() const { return outcome == Outcome::answered; }
  bool is_bad() const { return outcome != Outcome::answered && outcome != Outcome::pending; }
};

// Something that the agent did to the world: a request to a tool, a message on a bus, a job.
struct Effect {
  std::string channel;
  std::string what;  // for people
  VirtualTime at;
  EventIndex event = 0;
};

// The agent told the model how much of an item was heard.
struct TruncatedItem {
  std::string channel;
  std::string item;
  VirtualTime at;
  EventIndex event = 0;
  bool knows_item = false;  // the model sent sound of it in this session
  Duration told;
  Duration played;
  Duration received;
};

// What the model said in one item, and how much of it was heard.
struct SaidItem {
  std::string channel;
  std::string item;
  std::string transcript;  // as far as the model wrote it down
  VirtualTime at;          // of its first sound
  EventIndex event = 0;
  Duration received;                // what the model sent
  Duration played;                  // what was heard until the call was over
  std::optional<Duration> told;     // what the agent told the model was heard, last
  bool is_open_at_the_end = false;  // the call ended before it could be heard or dropped

  // What stands in the model's conversation.
  Duration committed() const { return told && *told < received ? *told : received; }
};

// One connection to a model.
struct ModelSession {
  std::string channel;
  VirtualTime opened;
  EventIndex event = 0;
  // Before its first response: how many items the agent created, and all the text it sent.
  std::uint64_t items_told = 0;
  std::string told;
  std::optional<VirtualTime> first_response;
};

struct Cost {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  bool reports_tokens = false;  // the model said so at least once
  Duration audio_in;            // sound that was sent to the model
  Duration audio_out;           // sound that came from it
};

struct FaultHit {
  std::string fault;
  std::string action;
  std::string detail;
  std::string channel;
  VirtualTime at;
  EventIndex event = 0;
  std::uint32_t exchange = 0;
};

struct Disconnection {
  std::string channel;
  VirtualTime at;
  EventIndex event = 0;
  std::int64_t code = 0;
  bool by_agent = false;
};

struct HangUp {
  VirtualTime at;
  EventIndex event = 0;
  std::string by;
  std::string reason;
};

struct Timeline {
  VirtualTime begin;           // call_started, or the first event that is no declaration
  VirtualTime end;             // the hang-up, or the last event
  bool times_are_real = true;  // false: the recording had none
  bool audio_is_whole = true;  // false: cut or missing, so that silence means nothing
  bool is_typed = false;       // no sound at all

  std::vector<Spoken> caller;
  std::vector<Spoken> agent;             // as played out; sound of one go, without gaps up to Floor::kPauseMax
  std::vector<VirtualTime> agent_sent;   // when audible sound, or a text, was sent; ascending
  std::vector<Heard> agent_heard;        // the agent's sound without any joining, in order
  std::vector<Words> agent_words;        // in order
  std::vector<VirtualTime> key_presses;  // each, whoever pressed it
  std::vector<VirtualTime> acts;  // the agent did something that others can see; sound counts where it is audible
  std::vector<Spoken> keys;       // what the caller keyed in; keys within a second are one entry
  std::vector<Interruption> interruptions;
  std::vector<Underrun> underruns;
  std::vector<SaidItem> said;
  std::vector<TruncatedItem> truncations;
  std::vector<ModelSession> sessions;
  std::vector<VirtualTime> turn_ends;    // the model told that the caller's turn is over; ascending
  std::vector<VirtualTime> transcripts;  // of the caller's words came; ascending
  std::vector<ModelResponse> responses;  // in order of their begin
  std::vector<FunctionCall> calls;
  std::vector<ToolExchange> tools;   // in order of their requests
  std::vector<Effect> late_effects;  // after the call was hung up
  std::vector<FaultHit> faults;
  std::vector<Disconnection> disconnections;
  std::vector<Wait> waits;
  std::vector<Turn> turns;
  std::optional<HangUp> hang_up;
  std::optional<EventIndex> diverged;
  // The first model answer that is neither of the recording nor of a rule.
  std::optional<VirtualTime> stand_in_since;
  Cost cost;
  // Tools that the run or its recording knows, by channel, by the session's declarations, or by a call; without
  // "tool:".
  std::set<std::string> tool_names;
};

// `run_end`: when the run was over, where that is later than its last event.
Timeline build_timeline(const trace::Trace& run, VirtualTime run_end = {});

// A tool's name without "tool:", for people.
std::string tool_name(const std::string& channel);
// Whether `selector` (with *) means the tool: its channel's name without "tool:", or the last part of it, which is how
// the model calls it.
bool selects_tool(const std::string& selector, const std::string& name);

}  // namespace ringback::sim
