// The injector's memory, and one function for each family of actions; for the injector's own files.
//
// injector.cc decides what matches and in which order faults act; injector_tool.cc, injector_model.cc,
// injector_audio.cc and injector_transport.cc say what they do.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "sim/faults/actions.h"
#include "sim/faults/injector.h"
#include "sim/faults/model_frame.h"
#include "sim/faults/silence.h"

namespace ringback::sim {

inline constexpr std::int64_t kAbnormalClosure = 1006;  // RFC 6455, 7.4.1: no close frame was seen

// A message, or a part of an answer: what positions in a stream are counted over.
bool is_stream_event(const trace::Event& event);
// A request that has a connection of its own, or what answers it: HTTP, not a session.
bool is_of_request(const trace::Event& event);
// Octets that the connection carries for this event: of a message its text, of a request or an answer its body.
std::size_t payload_size(const trace::Event& event);

class Injector::State {
 public:
  State(const Schedule& schedule, Seed seed)
      : schedule_(schedule), seed_(seed), fired_(schedule.faults.size()), memories_(fired_.size()) {}

  LinkVerdict judge(const Crossing& crossing);
  const Schedule& schedule() const { return schedule_; }
  const std::vector<std::uint64_t>& fired() const { return fired_; }

 private:
  // What crossed to the agent in one exchange before the present event.
  struct Progress {
    std::uint64_t events = 0;
    std::uint64_t tokens = 0;
    std::uint64_t bytes = 0;
  };
  struct Selected {
    std::size_t index = 0;
    Family family = Family::tool;
  };
  // One concrete channel.
  struct Lane {
    std::vector<Selected> faults;  // those that select it, in the order of the schedule
    std::map<std::uint32_t, Progress> progress;
    bool is_holding = false;  // an event waits until the next one has arrived
  };
  using ExchangeKey = std::pair<std::string, std::uint32_t>;  // channel and exchange
  // What one fault has to remember.
  struct Memory {
    std::set<std::string, std::less<>> spent;          // channels on which its point in time is over
    std::set<std::string, std::less<>> begun;          // connections that it swallows
    std::set<ExchangeKey> taken;                       // exchanges that it cut, stalled, or keeps from the agent
    std::map<ExchangeKey, std::uint64_t> occurrences;  // the number that an exchange got
    std::uint64_t occurrences_seen = 0;
    std::map<ExchangeKey, VirtualTime> stretched_from;
    std::map<ExchangeKey, std::string> response_ids;
    std::map<ExchangeKey, CutArguments> cut_arguments;
    std::map<ExchangeKey, VirtualTime> busy_until;  // a throttled line; the channel's name with a direction
  };
  // One crossing while it is judged.
  struct Case {
    const Crossing& crossing;
    const Progress progress;
    LinkVerdict verdict;
    bool body_is_injected = false;

    bool is_to_agent() const { return crossing.event.direction == trace::Direction::to_agent; }
    // As the faults before left it.
    const trace::Event& event() const { return verdict.replacement ? *verdict.replacement : crossing.event; }
  };

  Lane& lane_of(const Crossing& crossing);
  void apply(const Selected& selected, Lane& lane, Case& present);

  void apply_tool(std::size_t index, Case& present);
  void apply_to_part(std::size_t index, Case& present);

  void apply_model(std::size_t index, Lane& lane, Case& present);
  void apply_cut(std::size_t index, Case& present);
  void apply_stall(std::size_t index, Case& present);
  void apply_slow(std::size_t index, Case& present);
  void apply_corrupt(std::size_t index, Case& present);
  void apply_to_call(std::size_t index, Case& present);
  void apply_reorder(std::size_t index, Lane& lane, Case& present);
  void apply_failure(std::size_t index, Case& present);
  void fail_answer(std::size_t index, Case& present);

  void apply_audio(std::size_t index, Case& present);
  void apply_to_samples(std::size_t index, Case& present);
  void apply_to_frame(std::size_t index, Case& present);

  void apply_process(std::size_t index, Case& present);

  void apply_transport(std::size_t index, Case& present);
  void apply_to_request(std::size_t index, Case& present);
  void apply_to_connect(std::size_t index, Case& present);
  void apply_swallow(std::size_t index, Case& present);
  void apply_drop_reply(std::size_t index, Case& present);
  void apply_throttle(std::size_t index, Case& present);

  void delay(std::size_t index, Duration delay, Case& present);
  void replace_text(std::size_t index, Bytes text, std::string detail, Case& present);
  void close(std::size_t index, std::int64_t code, Case& present);
  void swallow(std::size_t index, std::string detail, Case& present);
  void note(std::size_t index, std::string detail, Case& present);

  bool matches(std::size_t index, const Case& present);
  bool is_at_position(const Anchor& at, const Case& present) const;
  bool is_at_time(std::size_t index, const Case& present) const;
  bool is_drawn(const Fault& fault, const Crossing& crossing) const;
  std::uint64_t occurrence_of(std::size_t index, const Crossing& crossing);
  RandomStream draws_of(const Fault& fault, std::string_view purpose) const;
  static ExchangeKey key_of(const Crossing& crossing) {
    return {std::string(crossing.channel), crossing.event.exchange};
  }

  const Schedule& schedule_;
  const Seed seed_;
  std::vector<std::uint64_t> fired_;
  std::vector<Memory> memories_;
  std::map<std::string, Lane, std::less<>> lanes_;
};

}  // namespace ringback::sim
