// One event: something that happened at one virtual time on one channel, in one direction.
//
// An event is a small fixed head and a `body`. The body is canonical octets: the fields of its kind in ascending tag
// order, each `tag u8, length u32, octets`, with every field that has its default left out. So equal events have equal
// octets, a reader keeps kinds that it does not know, and a field that is added later changes no old digest. bodies.h
// has one struct for each kind; docs/trace-format.md has the table.
//
//   Event e = make_event({.at = now, .channel = model, .direction = Direction::to_agent}, Message{.text = "{...}"});
//   Message m = body_of<Message>(e);
#pragma once

#include <cstdint>
#include <string_view>

#include "src/base/bytes.h"
#include "src/base/time.h"

namespace ringback::trace {

// 0 is the control channel, on which channels are declared; the others are numbered in order of declaration.
using ChannelId = std::uint16_t;
inline constexpr ChannelId kControlChannel = 0;
inline constexpr std::size_t kChannelsMax = 4096;
inline constexpr std::size_t kChannelNameBytesMax = 255;
// One payload; a larger one is refused by writer and reader alike.
inline constexpr std::size_t kBodyBytesMax = 16u << 20;

// Seen from the agent, which is the one under test.
enum class Direction : std::uint8_t {
  none = 0,        // about the session itself
  to_agent = 1,    // a peer to the agent
  from_agent = 2,  // the agent to a peer
};

// Who is answerable for this event; see the ladder of answers in docs/replay.md.
enum class Origin : std::uint8_t {
  captured = 0,             // seen in the real world (every event of a capture)
  recorded = 1,             // replayed from the recording
  recorded_repeat = 2,      // the recording's last answer, given again
  recorded_other_args = 3,  // recorded for other arguments
  rule = 4,                 // a rule that the user wrote
  stub = 5,                 // a built-in stand-in
  agent = 6,                // the agent itself, in a run
  world = 7,                // the simulator: an acknowledgement, a hang-up, a fault's report
};

// Numbers are stable for ever and never reused. Ranges: 1.. control, 16.. caller and audio, 32.. message streams, 48..
// exchanges, 64.. bus, 80.. queue, 96.. opaque bytes, 112.. processes, 128.. the simulator's own.
enum class EventKind : std::uint16_t {
  channel_declared = 1,
  recording_facts = 2,
  gap = 3,

  audio = 16,
  text = 17,
  dtmf = 18,
  mark = 19,
  mark_played = 20,
  clear = 21,
  call_started = 22,
  hung_up = 23,

  opened = 32,
  message = 33,
  binary = 34,
  closed = 35,

  request = 48,
  response = 49,
  response_part = 50,
  failed = 51,
  abandoned = 52,

  published = 64,
  delivered = 65,
  acknowledged = 66,

  job_added = 80,
  job_started = 81,
  job_finished = 82,
  job_failed = 83,

  octets = 96,

  process_started = 112,
  process_signalled = 113,
  process_exited = 114,

  fault_fired = 128,
  diverged = 129,
};

struct Event {
  VirtualTime at;
  ChannelId channel = kControlChannel;
  EventKind kind = EventKind::channel_declared;
  Direction direction = Direction::none;
  Origin origin = Origin::captured;
  // Which exchange of its channel this belongs to (a call, a response), from 1; 0 for none.
  std::uint32_t exchange = 0;
  Bytes body;

  friend bool operator==(const Event&, const Event&) = default;
};

// Size of the fixed head of a canonical row.
inline constexpr std::size_t kRowHeadBytes = 24;

// Appends the canonical row of `event` to `out`: the octets that the content root is computed over. Layout,
// little-endian: at i64, channel u16, kind u16, direction u8, origin u8, zero u16, exchange u32, body length u32, body.
void append_row(const Event& event, Bytes& out);

// The value of the bytes field `tag` in a body, or empty where the body lacks it. The view points into `body`. Throws
// Error where the body is malformed before it is found.
BytesView body_field(BytesView body, std::uint8_t tag);

// Names as they stand in JSON lines and messages: "to_agent", "recorded-repeat", "fault_fired".
std::string_view name_of(Direction direction);
std::string_view name_of(Origin origin);
// Empty for a kind that this version does not know.
std::string_view name_of(EventKind kind);
// The inverse; throw Error naming the nearest known word.
Direction direction_named(std::string_view name);
Origin origin_named(std::string_view name);
EventKind kind_named(std::string_view name);

}  // namespace ringback::trace
