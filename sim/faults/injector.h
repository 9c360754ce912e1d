// The injector: looks at each thing that crosses a link and says what becomes of it.
//
// It decides and does nothing: the link carries the verdict out. Same schedule, seed and crossings in the same order
// give the same verdicts. Several faults that match compose in the order of the schedule: each acts on what those
// before it left. Once an event is dropped, only a cut can still act on it; once the connection is closed, nothing can.
//
//   Injector injector(schedule, seed);
//   LinkVerdict verdict = injector.judge({.channel = "tool:crm.find", .channel_kind = kind, .event = answer, .at =
//   now}); if (verdict.intact()) deliver(answer);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/faults/schedule.h"
#include "src/audio/format.h"
#include "src/base/random.h"
#include "src/trace/bodies.h"
#include "src/trace/event.h"

namespace ringback::sim {

// How a track of audio is laid out.
struct Sound {
  audio::Encoding encoding = audio::Encoding::mulaw;
  std::uint32_t rate = 8000;       // samples a second
  std::uint32_t sample_bytes = 1;  // octets of one sample, all of its channels
  Bytes silent_sample = "\xff";    // `sample_bytes` octets
};

// One event on its way over one link. Lives until judge returns.
struct Crossing {
  std::string_view channel;  // the concrete channel's name
  trace::ChannelKind channel_kind = trace::ChannelKind::control;
  const trace::Event& event;  // `exchange` is the number of the call or response on this channel, 0 for none
  VirtualTime at;
  std::uint64_t event_number = 0;  // from 1, on this channel and direction
  std::uint64_t token = 0;         // from 1 within its response; 0 when the event is no token
  // Only for audio events; null elsewhere, and then no audio action acts.
  const Sound* sound = nullptr;
  std::uint64_t first_sample = 0;  // samples that crossed before, on this channel and direction; a frame is rate/50
};

// How long a connection that is refused or reset takes to tell so.
inline constexpr Duration kRoundTrip = milliseconds(50);

struct LinkVerdict {
  enum class Fate {
    deliver,
    hold,  // delivered right after the next event of this channel and direction that arrives
    drop,
    close,
  };
  // A fault that acted, for the report: its index in the schedule and what it did.
  struct Acted {
    std::size_t fault_index = 0;
    std::string detail;
    friend bool operator==(const Acted&, const Acted&) = default;
  };

  Fate fate = Fate::deliver;
  Duration delay;   // more than the link would take by itself; at least 0
  Duration spread;  // between the first octet's arrival and the last one's, which is the event's
  std::optional<trace::Event>
      replacement;  // same time, channel, direction, origin and exchange; another kind is possible
  std::uint32_t copies = 1;
  std::vector<trace::Event> followers;  // made up, and delivered right behind the event
  // Of a dropped event: what comes back to the agent kRoundTrip later.
  std::optional<trace::Event> bounce;
  Bytes keys;  // that the caller presses now, each one of 0-9 * # A-D
  // Of a close: the event itself is lost with the connection, unless `deliver_before_close`.
  std::int64_t close_code = 0;
  std::string close_reason;
  bool deliver_before_close = false;
  std::vector<Acted> acted;
  // Faults that strike the agent's process now: indices in the schedule. The event itself goes on.
  std::vector<std::size_t> blows;

  // The event arrives as if there were no faults.
  bool intact() const {
    return fate == Fate::deliver && delay == Duration() && !replacement && copies == 1 && followers.empty();
  }
  friend bool operator==(const LinkVerdict&, const LinkVerdict&) = default;
};

class Injector {
 public:
  // `schedule` outlives the injector and has passed first_unsupported.
  Injector(const Schedule& schedule, Seed seed);
  ~Injector();
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  // Crossings come in the order in which they happen. Throws Error where the event's body is malformed.
  LinkVerdict judge(const Crossing& crossing);
  // What judge would say; nothing is remembered of it.
  LinkVerdict preview(const Crossing& crossing) const;
  // False: judge would let everything on this channel pass, always.
  bool may_act_on(std::string_view channel) const;
  const Schedule& schedule() const;
  // For each fault: on how many crossings it acted.
  const std::vector<std::uint64_t>& fired() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ringback::sim
