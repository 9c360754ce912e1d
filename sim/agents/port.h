// The agent port: all that an agent sees of the world, whatever it is written in.
//
// An in-process agent is a class with one coroutine that lives on these interfaces; the same interfaces will carry a
// child process. Everything an agent does goes through a link, is journalled, and can meet a fault.
//
//   Task<void> MyAgent::run(AgentWorld& world) {
//     std::unique_ptr<ModelConnection> model = co_await world.models.connect();
//     ...
//   }
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/kernel/kernel.h"
#include "sim/kernel/task.h"
#include "sim/kernel/wait.h"
#include "src/audio/format.h"
#include "src/base/bytes.h"
#include "src/base/random.h"
#include "src/base/ratio.h"
#include "src/wire/completion.h"
#include "src/wire/realtime.h"
#include "src/wire/speech.h"

namespace ringback::sim {

// --- the caller ---

struct CallerAudio {
  Bytes samples;  // whole samples in the leg's format, 20 ms each as a rule
};
struct CallerText {
  std::string text;  // a typed turn
};
struct CallerDigit {
  std::string digit;  // 0-9 * # A-D
};
struct CallerMarkPlayed {
  std::string name;
};
struct CallerHungUp {};
using CallerInput = std::variant<CallerAudio, CallerText, CallerDigit, CallerMarkPlayed, CallerHungUp>;

// The media edge: a phone line, or a chat window where there is no audio.
class CallerLeg {
 public:
  virtual ~CallerLeg() = default;
  // What the caller does, in order. Closed after CallerHungUp.
  virtual Mailbox<CallerInput>& inbox() = 0;
  // Nothing where the conversation is typed.
  virtual std::optional<audio::Format> format() const = 0;
  // Queues sound for the caller; it is played at the pace of its format.
  virtual void send_audio(Bytes samples) = 0;
  // Says what sound that follows means; for reports and checks, nobody hears it.
  virtual void send_transcript(std::string text) = 0;
  // A typed answer.
  virtual void send_text(std::string text) = 0;
  // Asks for a CallerMarkPlayed when everything queued so far has been played.
  virtual void send_mark(std::string name) = 0;
  // Drops what was queued and not played yet.
  virtual void clear() = 0;
  virtual void hang_up() = 0;
};

// --- the model ---

struct ModelClosed {
  std::int64_t code = 0;  // WebSocket close code
  std::string reason;
};

// A message over a throttled line: what it is, when its first octet arrives, and how long the rest takes. It comes
// itself with its last octet.
using MessageBegun = std::function<void(BytesView text, Duration spread)>;

// One session on the model's socket. Destroying it closes it with code 1000.
class ModelConnection {
 public:
  virtual ~ModelConnection() = default;
  // What the model sends, in order; closed when the connection is.
  virtual Mailbox<wire::RealtimeFrame>& inbox() = 0;
  // Set once the connection is closed, by whom ever.
  virtual const std::optional<ModelClosed>& closed() const = 0;
  // Does nothing once the connection is closed.
  virtual void send(wire::RealtimeFrame frame) = 0;
  virtual void close(std::int64_t code) = 0;
  // For an agent that takes octets.
  virtual void set_on_begun(MessageBegun) {}
};

class ModelPort {
 public:
  virtual ~ModelPort() = default;
  // A new, empty session; null where the model cannot be reached.
  virtual Task<std::unique_ptr<ModelConnection>> connect() = 0;
};

// --- the model, asked request by request ---

// One answer on its way. Destroying it before its end abandons the request.
class CompletionStream {
 public:
  virtual ~CompletionStream() = default;
  // The answer, piece by piece; closed after a `done` or a `failed`. A stream that hangs gives neither: bring a
  // time-out.
  virtual Mailbox<wire::CompletionDelta>& inbox() = 0;
};

// A piece of an answer as it stands on the wire.
struct CompletionPiece {
  enum class Kind : std::uint8_t {
    head,    // `status`, `headers`, and `octets` where the answer is no stream
    part,    // `octets` of a stream
    end,     // the answer is whole
    broken,  // the connection is; `octets` say why
  };
  Kind kind = Kind::head;
  std::int64_t status = 0;
  Bytes headers;  // "name: value\n" lines
  Bytes octets;
  bool is_stream = false;  // of a head: parts follow
};

// One answer on its way to an agent that speaks HTTP itself. Destroying it before its end abandons the request.
class CompletionExchange {
 public:
  virtual ~CompletionExchange() = default;
  // Closed after an `end` or a `broken`.
  virtual Mailbox<CompletionPiece>& pieces() = 0;
  // Called where a piece that comes over a throttled line begins to arrive; it comes itself `spread` later.
  using Begun = std::function<void(const CompletionPiece& piece, Duration spread)>;
  virtual void set_on_begun(Begun) {}
};

// Chat completions, Responses or Messages; which of them is the recording's matter.
class CompletionPort {
 public:
  virtual ~CompletionPort() = default;
  // Sends the whole conversation; never null, what fails comes as a `failed`. Any number can be under way.
  virtual std::unique_ptr<CompletionStream> ask(const wire::ChatRequest& request) = 0;
  // The same for a request's body as it stands on the wire. Throws Error where it is no request of the recording's
  // protocol.
  virtual std::unique_ptr<CompletionExchange> post(Bytes body) = 0;
};

// --- speech-to-text and text-to-speech ---

// One socket of a speech service. Destroying it closes it with code 1000.
class SpeechConnection {
 public:
  virtual ~SpeechConnection() = default;
  // What the service sends, in order; closed when the connection is.
  virtual Mailbox<wire::SpeechFrame>& inbox() = 0;
  // Does nothing once the connection is closed. That it went out does not say that it arrived.
  virtual void send(const wire::SpeechFrame& frame) = 0;
  // For an agent that takes octets.
  virtual void set_on_begun(MessageBegun) {}
};

class SpeechPort {
 public:
  virtual ~SpeechPort() = default;
  // Null where the service cannot be reached. One connection at a time.
  virtual Task<std::unique_ptr<SpeechConnection>> connect() = 0;
};

// --- tools ---

struct ToolReply {
  bool answered = false;    // false: the connection failed, see `failure`
  std::int64_t status = 0;  // HTTP status
  Bytes body;               // of an answer that was cut: all of it
  std::string failure;
  // For agents that take octets: how many of `body` arrive, and how long they take from first to last.
  std::size_t arrived = 0;
  Duration spread;
};

class ToolPort {
 public:
  virtual ~ToolPort() = default;
  // Calls the tool that the model knows as `function`. The task ends with the answer, and never where none comes: bring
  // a time-out. Destroying the task abandons the call.
  virtual Task<ToolReply> call(std::string function, Bytes arguments) = 0;
  // From here on a reply comes with its first octet and not with its last, and a cut one with what arrived.
  virtual void set_takes_octets() {}
};

// --- connections, of an agent that makes real ones ---

enum class ConnectStage : std::uint8_t {
  name,       // its host is looked up
  connect,    // it is connected to
  handshake,  // TLS begins
};

// Faults that keep a connection from coming about, before anything was asked over it.
class ConnectFaults {
 public:
  virtual ~ConnectFaults() = default;
  // Whether the next exchange or session on this channel would meet one at this stage. `ahead` connections to it are
  // open that nothing was asked on yet. Nothing is journalled.
  virtual bool would_fail(std::string_view channel, ConnectStage stage, std::uint32_t ahead) = 0;
  // It met it: journalled as an attempt that did not arrive, with nothing in it.
  virtual void fail(std::string_view channel, ConnectStage stage) = 0;
};

// --- the agent's own process ---

// What befalls the process that the agent is.
struct ProcessBlow {
  enum class Kind : std::uint8_t {
    kill,        // it ends at once, with all that it started
    terminate,   // SIGTERM; what has not ended after `time` is killed
    pause,       // it stands still for `time`
    restart,     // it ends at once, unless its end is under way; another one is started `time` after it has ended
    clock_step,  // its wall clock jumps by `time`
    cost,        // its work costs `factor` times what the cost model says
  };
  Kind kind = Kind::kill;
  Duration time;
  Ratio factor;
  std::string fault;  // its id, for people
};

// Where an agent that is a process tells what becomes of it.
class ProcessLog {
 public:
  virtual ~ProcessLog() = default;
  // `incarnation` from 1.
  virtual void started(std::int64_t incarnation) = 0;
  virtual void signalled(std::int64_t signal) = 0;
  // An exit status, or 128 and the signal.
  virtual void exited(std::int64_t status) = 0;
};

// --- the whole ---

// What it means when the model calls a function that hands the call over: the agent answers by itself and gives the
// session another prompt.
struct HandOver {
  Bytes output;   // of the function, for the model
  Bytes session;  // the `session` object of session.update as JSON
};

// What a builtin agent would have in its configuration file; taken from the recording's session.
struct AgentSetup {
  Bytes session;              // the `session` object of session.update as JSON; empty: send none
  bool speaks_first = false;  // asks for a response before the caller said anything
  // Of a model that is asked request by request: settings (model, tools, ...) and the opening items of the system.
  wire::ChatRequest chat;
  std::map<std::string, HandOver> hand_overs = {};  // by the function's name
};

struct AgentWorld {
  Kernel& kernel;
  Lane& lane;  // the agent's own
  CallerLeg& caller;
  ModelPort& models;
  CompletionPort& completions;
  SpeechPort& transcriber;
  SpeechPort& synthesizer;
  ToolPort& tools;
  AgentSetup setup;
  Seed seed = 0;
  ProcessLog* process_log = nullptr;  // null: nobody asks
  ConnectFaults* connects = nullptr;  // null: every connection comes about
};

// What an agent knows about its own life when the run is over, beside what crossed its links.
struct AgentFacts {
  bool is_child_process = false;     // guarantee level B instead of A
  std::vector<std::string> taints;   // why the run cannot be called deterministic, one line each
  std::vector<std::string> notices;  // for the user, one line each
  std::string schedule_hash;         // of the child's thread schedule, hex; a diagnostic
  std::string output;                // the end of what the child printed
};

class Agent {
 public:
  virtual ~Agent() = default;
  // Lives from the start of the call until its end; cancelled when the call is over. Returning hangs up.
  virtual Task<void> run(AgentWorld& world) = 0;
  // An agent that is a process can be struck as one.
  virtual bool is_process() const { return false; }
  // Called only where it is one, while `run` lives. Takes effect at this virtual time.
  virtual void strike(const ProcessBlow&) {}
  // Asked once, after the run.
  virtual AgentFacts facts() const { return {}; }
};

}  // namespace ringback::sim
