// What an event of each kind carries: one struct a kind, its fields in tag order.
//
// `describe` lists the fields once; the canonical encoding, the text form and the tables in the documentation all come
// from it. A field is an octet string or a signed 64-bit integer. Tags are stable for ever; a new field takes the next
// one, and its default (empty, 0) must mean what traces without it meant.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/error.h"
#include "src/trace/event.h"

namespace ringback::trace {

// What a channel's partner is.
enum class ChannelKind : std::int64_t {
  control = 0,
  caller = 1,       // call control, keypad, marks, typed text
  audio = 2,        // one track of sound
  model = 3,        // speech-to-speech or text model stream
  transcriber = 4,  // speech-to-text stream
  synthesizer = 5,  // text-to-speech stream
  tool = 6,         // one tool
  bus = 7,          // one bus subject
  queue = 8,        // one queue
  tcp = 9,          // an opaque TCP service
  process = 10,     // one worker's lifecycle
};

std::string_view name_of(ChannelKind kind);
ChannelKind channel_kind_named(std::string_view name);

// How a field is shown as text. `octets` go as base64, `text` as a string wherever it is UTF-8.
enum class FieldForm { text, octets };

// --- control ---

// Declares channel `id` (from 1, without holes); it must come before the channel's first event.
struct ChannelDeclared {
  static constexpr EventKind kKind = EventKind::channel_declared;
  std::int64_t id = 0;
  std::int64_t channel_kind = 0;  // ChannelKind
  Bytes name;                     // "caller.audio", "model", "tool:ehr.lookup_patient"
  Bytes encoding;                 // audio: "mulaw", "alaw", "pcm16le"; model: "openai-realtime"; empty elsewhere
  std::int64_t rate = 0;          // audio: samples a second
  Bytes url;                      // where the partner was reached, without secrets
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "id", self.id);
    visit(2, "channel_kind", self.channel_kind);
    visit(3, "name", self.name, FieldForm::text);
    visit(4, "encoding", self.encoding, FieldForm::text);
    visit(5, "rate", self.rate);
    visit(6, "url", self.url, FieldForm::text);
  }
};

// What is true of the whole recording; at most one, before everything but declarations. Empty values mean: complete and
// as seen.
struct RecordingFacts {
  static constexpr EventKind kKind = EventKind::recording_facts;
  Bytes source;                    // "scenario", "realtime-cassette", ...
  Bytes times;                     // "" as seen, "synthetic" where the recording had none
  Bytes audio;                     // "" complete, "truncated", "none"
  Bytes tools;                     // "" as seen, "derived" where tool exchanges were read out of the model stream
  std::int64_t wall_start_ns = 0;  // wall clock at virtual time 0, ns since 1970; 0 unknown
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "source", self.source, FieldForm::text);
    visit(2, "times", self.times, FieldForm::text);
    visit(3, "audio", self.audio, FieldForm::text);
    visit(4, "tools", self.tools, FieldForm::text);
    visit(5, "wall_start_ns", self.wall_start_ns);
  }
};

// Events that a recorder could not keep.
struct Gap {
  static constexpr EventKind kKind = EventKind::gap;
  std::int64_t events_lost = 0;
  Bytes reason;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "events_lost", self.events_lost);
    visit(2, "reason", self.reason, FieldForm::text);
  }
};

// --- caller and audio ---

// Samples in the channel's encoding, in order; any length of whole samples.
struct Audio {
  static constexpr EventKind kKind = EventKind::audio;
  Bytes samples;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "samples", self.samples, FieldForm::octets);
  }
};

// A typed turn, or a transcript of what a track says (on an audio channel: from this event's time on).
struct Text {
  static constexpr EventKind kKind = EventKind::text;
  Bytes text;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "text", self.text, FieldForm::text);
  }
};

struct Dtmf {
  static constexpr EventKind kKind = EventKind::dtmf;
  Bytes digit;  // one of 0-9 * # A-D
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "digit", self.digit, FieldForm::text);
  }
};

// The agent asks to be told when everything it sent so far has been played.
struct Mark {
  static constexpr EventKind kKind = EventKind::mark;
  Bytes name;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "name", self.name, FieldForm::text);
  }
};

struct MarkPlayed {
  static constexpr EventKind kKind = EventKind::mark_played;
  Bytes name;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "name", self.name, FieldForm::text);
  }
};

// The agent drops what it sent and was not played yet.
struct Clear {
  static constexpr EventKind kKind = EventKind::clear;
  template <class Self, class Visitor>
  static void describe(Self&, Visitor&&) {}
};

struct CallStarted {
  static constexpr EventKind kKind = EventKind::call_started;
  template <class Self, class Visitor>
  static void describe(Self&, Visitor&&) {}
};

struct HungUp {
  static constexpr EventKind kKind = EventKind::hung_up;
  Bytes by;      // "caller" or "agent"
  Bytes reason;  // "" the conversation was over; "patience" the caller waited too long
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "by", self.by, FieldForm::text);
    visit(2, "reason", self.reason, FieldForm::text);
  }
};

// --- message streams: models, transcribers, synthesizers, sockets ---

struct Opened {
  static constexpr EventKind kKind = EventKind::opened;
  Bytes url;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "url", self.url, FieldForm::text);
  }
};

// A text frame exactly as it stood on the wire.
struct Message {
  static constexpr EventKind kKind = EventKind::message;
  Bytes text;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "text", self.text, FieldForm::text);
  }
};

struct Binary {
  static constexpr EventKind kKind = EventKind::binary;
  Bytes data;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "data", self.data, FieldForm::octets);
  }
};

struct Closed {
  static constexpr EventKind kKind = EventKind::closed;
  std::int64_t code = 0;  // WebSocket close code (RFC 6455, 7.4); 1006 where the connection broke
  Bytes reason;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "code", self.code);
    visit(2, "reason", self.reason, FieldForm::text);
  }
};

// --- exchanges: tools, HTTP ---

struct Request {
  static constexpr EventKind kKind = EventKind::request;
  Bytes operation;  // a tool's name, or "GET /v1/patients"
  Bytes body;       // a tool's arguments as JSON
  Bytes headers;    // "name: value\n" lines, secrets removed
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "operation", self.operation, FieldForm::text);
    visit(2, "body", self.body, FieldForm::text);
    visit(3, "headers", self.headers, FieldForm::text);
  }
};

struct Response {
  static constexpr EventKind kKind = EventKind::response;
  std::int64_t status = 0;  // HTTP status; 200 where the tool has no notion of one
  Bytes body;
  Bytes headers;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "status", self.status);
    visit(2, "body", self.body, FieldForm::text);
    visit(3, "headers", self.headers, FieldForm::text);
  }
};

// One piece of a streamed body; the head came as a Response with an empty body.
struct ResponsePart {
  static constexpr EventKind kKind = EventKind::response_part;
  Bytes body;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "body", self.body, FieldForm::text);
  }
};

// The exchange ended without an answer that the agent could see.
struct Failed {
  static constexpr EventKind kKind = EventKind::failed;
  Bytes reason;  // "reset", "refused", "closed after 120 bytes"
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "reason", self.reason, FieldForm::text);
  }
};

// The agent stopped waiting for the answer.
struct Abandoned {
  static constexpr EventKind kKind = EventKind::abandoned;
  Bytes reason;  // "timeout"
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "reason", self.reason, FieldForm::text);
  }
};

// --- bus and queue ---

struct Published {
  static constexpr EventKind kKind = EventKind::published;
  Bytes subject;
  Bytes id;
  Bytes body;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "subject", self.subject, FieldForm::text);
    visit(2, "id", self.id, FieldForm::text);
    visit(3, "body", self.body, FieldForm::text);
  }
};

struct Delivered {
  static constexpr EventKind kKind = EventKind::delivered;
  Bytes subject;
  Bytes id;
  Bytes body;
  std::int64_t attempt = 0;  // from 1
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "subject", self.subject, FieldForm::text);
    visit(2, "id", self.id, FieldForm::text);
    visit(3, "body", self.body, FieldForm::text);
    visit(4, "attempt", self.attempt);
  }
};

struct Acknowledged {
  static constexpr EventKind kKind = EventKind::acknowledged;
  Bytes id;
  Bytes verdict;  // "ack", "nak", "term", "in-progress"
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "id", self.id, FieldForm::text);
    visit(2, "verdict", self.verdict, FieldForm::text);
  }
};

struct JobAdded {
  static constexpr EventKind kKind = EventKind::job_added;
  Bytes id;
  Bytes name;
  Bytes body;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "id", self.id, FieldForm::text);
    visit(2, "name", self.name, FieldForm::text);
    visit(3, "body", self.body, FieldForm::text);
  }
};

struct JobStarted {
  static constexpr EventKind kKind = EventKind::job_started;
  Bytes id;
  std::int64_t attempt = 0;  // from 1
  Bytes worker;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "id", self.id, FieldForm::text);
    visit(2, "attempt", self.attempt);
    visit(3, "worker", self.worker, FieldForm::text);
  }
};

struct JobFinished {
  static constexpr EventKind kKind = EventKind::job_finished;
  Bytes id;
  Bytes result;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "id", self.id, FieldForm::text);
    visit(2, "result", self.result, FieldForm::text);
  }
};

struct JobFailed {
  static constexpr EventKind kKind = EventKind::job_failed;
  Bytes id;
  Bytes reason;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "id", self.id, FieldForm::text);
    visit(2, "reason", self.reason, FieldForm::text);
  }
};

// --- opaque bytes ---

struct Octets {
  static constexpr EventKind kKind = EventKind::octets;
  Bytes data;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "data", self.data, FieldForm::octets);
  }
};

// --- processes ---

struct ProcessStarted {
  static constexpr EventKind kKind = EventKind::process_started;
  Bytes command;                 // arguments separated by one zero octet
  std::int64_t incarnation = 0;  // from 1
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "command", self.command, FieldForm::octets);
    visit(2, "incarnation", self.incarnation);
  }
};

struct ProcessSignalled {
  static constexpr EventKind kKind = EventKind::process_signalled;
  std::int64_t signal = 0;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "signal", self.signal);
  }
};

struct ProcessExited {
  static constexpr EventKind kKind = EventKind::process_exited;
  std::int64_t status = 0;  // exit status, or 128 + signal
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "status", self.status);
  }
};

// --- the simulator's own ---

// A fault acted on something that crossed the link of this event's channel. What was delivered, if anything, follows as
// an event of its own; `original` is what the peer or the agent had sent.
struct FaultFired {
  static constexpr EventKind kKind = EventKind::fault_fired;
  Bytes fault;                     // the fault's id
  Bytes action;                    // "body", "cut", ...
  Bytes detail;                    // for people
  std::int64_t original_kind = 0;  // EventKind of what was sent; 0 where nothing was
  Bytes original;                  // its body
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "fault", self.fault, FieldForm::text);
    visit(2, "action", self.action, FieldForm::text);
    visit(3, "detail", self.detail, FieldForm::text);
    visit(4, "original_kind", self.original_kind);
    visit(5, "original", self.original, FieldForm::octets);
  }
};

// The run left the recording here.
struct Diverged {
  static constexpr EventKind kKind = EventKind::diverged;
  Bytes what;  // "surplus request", "missing request", "other arguments", ...
  Bytes expected;
  Bytes actual;
  template <class Self, class Visitor>
  static void describe(Self& self, Visitor&& visit) {
    visit(1, "what", self.what, FieldForm::text);
    visit(2, "expected", self.expected, FieldForm::text);
    visit(3, "actual", self.actual, FieldForm::text);
  }
};

// --- encoding ---

// Building blocks of the canonical body; use encode_body and decode_body.
void append_integer_field(std::uint8_t tag, std::int64_t value, Bytes& out);
void append_bytes_field(std::uint8_t tag, BytesView value, Bytes& out);

// Walks a canonical body. Throws Error where tags do not ascend, a field has its default, or octets are missing.
class FieldCursor {
 public:
  explicit FieldCursor(BytesView body) : rest_(body) {}
  // Moves to the next field; false at the end.
  bool next();
  std::uint8_t tag() const { return tag_; }
  BytesView value() const { return value_; }
  // Throws Error unless the value is an integer's 8 octets.
  std::int64_t integer() const;

 private:
  BytesView rest_;
  BytesView value_;
  std::uint8_t tag_ = 0;
};

namespace detail {

struct Encoder {
  Bytes& out;
  void operator()(std::uint8_t tag, const char*, const std::int64_t& value) const {
    if (value != 0) append_integer_field(tag, value, out);
  }
  void operator()(std::uint8_t tag, const char*, const Bytes& value, FieldForm) const {
    if (!value.empty()) append_bytes_field(tag, value, out);
  }
};

struct Decoder {
  FieldCursor& cursor;
  bool& has_field;
  void operator()(std::uint8_t tag, const char*, std::int64_t& value) const {
    if (!has_field || cursor.tag() != tag) return;
    value = cursor.integer();
    has_field = cursor.next();
  }
  void operator()(std::uint8_t tag, const char*, Bytes& value, FieldForm) const {
    if (!has_field || cursor.tag() != tag) return;
    value.assign(cursor.value());
    has_field = cursor.next();
  }
};

}  // namespace detail

template <class Body>
Bytes encode_body(const Body& body) {
  Bytes out;
  Body::describe(body, detail::Encoder{out});
  return out;
}

// Throws Error where the octets are not a canonical body of this kind. Fields that a newer writer added are skipped.
template <class Body>
Body decode_body(BytesView octets) {
  Body body;
  FieldCursor cursor(octets);
  bool has_field = cursor.next();
  Body::describe(body, detail::Decoder{cursor, has_field});
  while (has_field) has_field = cursor.next();
  return body;
}

// The head of an event without kind and body, for make_event.
struct EventHead {
  VirtualTime at;
  ChannelId channel = kControlChannel;
  Direction direction = Direction::none;
  Origin origin = Origin::captured;
  std::uint32_t exchange = 0;
};

template <class Body>
Event make_event(const EventHead& head, const Body& body) {
  return {.at = head.at,
          .channel = head.channel,
          .kind = Body::kKind,
          .direction = head.direction,
          .origin = head.origin,
          .exchange = head.exchange,
          .body = encode_body(body)};
}

template <class Body>
Body body_of(const Event& event) {
  RINGBACK_CHECK(event.kind == Body::kKind, "a body is read as what it is, not kind {}", static_cast<int>(event.kind));
  return decode_body<Body>(event.body);
}

// Calls `use.template operator()<Body>()` with the struct of `kind`; false where this version does not know the kind.
template <class Use>
bool with_body_type(EventKind kind, Use&& use) {
  switch (kind) {
#define RINGBACK_BODY(Body)          \
  case Body::kKind:                  \
    use.template operator()<Body>(); \
    return true;
    RINGBACK_BODY(ChannelDeclared)
    RINGBACK_BODY(RecordingFacts)
    RINGBACK_BODY(Gap)
    RINGBACK_BODY(Audio)
    RINGBACK_BODY(Text)
    RINGBACK_BODY(Dtmf)
    RINGBACK_BODY(Mark)
    RINGBACK_BODY(MarkPlayed)
    RINGBACK_BODY(Clear)
    RINGBACK_BODY(CallStarted)
    RINGBACK_BODY(HungUp)
    RINGBACK_BODY(Opened)
    RINGBACK_BODY(Message)
    RINGBACK_BODY(Binary)
    RINGBACK_BODY(Closed)
    RINGBACK_BODY(Request)
    RINGBACK_BODY(Response)
    RINGBACK_BODY(ResponsePart)
    RINGBACK_BODY(Failed)
    RINGBACK_BODY(Abandoned)
    RINGBACK_BODY(Published)
    RINGBACK_BODY(Delivered)
    RINGBACK_BODY(Acknowledged)
    RINGBACK_BODY(JobAdded)
    RINGBACK_BODY(JobStarted)
    RINGBACK_BODY(JobFinished)
    RINGBACK_BODY(JobFailed)
    RINGBACK_BODY(Octets)
    RINGBACK_BODY(ProcessStarted)
    RINGBACK_BODY(ProcessSignalled)
    RINGBACK_BODY(ProcessExited)
    RINGBACK_BODY(FaultFired)
    RINGBACK_BODY(Diverged)
#undef RINGBACK_BODY
  }
  return false;
}

}  // namespace ringback::trace
