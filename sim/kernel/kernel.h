// The clock and the event queue of one run.
//
// Everything that happens is a callback at a virtual time. Callbacks run one after the other in the order of their key
//
//     (time, class, lane, number within the lane)
//
// A lane is one source of callbacks (a link, a peer, the agent); its id is a stable hash of its name and it numbers its
// own callbacks, so a source that is added never reorders the others. Time stands still while a callback runs and moves
// only between them; a time before now is a defect of ours. No wall clock, no threads.
//
//   Kernel kernel;
//   Lane& lane = kernel.lane("caller");
//   kernel.schedule(kernel.now() + seconds(1), EventClass::timer, lane, [&] { ... });
//   kernel.run(limit);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/callback.h"
#include "src/base/time.h"

namespace ringback::sim {

// What happens first where times are equal. The order of these names is behaviour: traces depend on it.
enum class EventClass : std::uint8_t {
  delivery = 0,  // something arrives
  timer = 1,     // a wait is over
  wake = 2,      // a task goes on because of the former two
};

// One source of callbacks. Made by Kernel::lane, lives as long as the kernel.
class Lane {
 public:
  const std::string& name() const { return name_; }

 private:
  friend class Kernel;
  explicit Lane(std::string name);

  std::string name_;
  std::uint64_t id_ = 0;  // upper 8 bits are zero
  std::uint64_t next_number_ = 0;
};

// Names a scheduled callback for as long as it has not run. The default names nothing.
class TimerId {
 public:
  TimerId() = default;

 private:
  friend class Kernel;
  TimerId(std::uint32_t slot, std::uint32_t generation) : slot_(slot), generation_(generation) {}
  std::uint32_t slot_ = 0;
  std::uint32_t generation_ = 0;  // 0 is no callback's
};

class Kernel {
 public:
  Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  VirtualTime now() const { return now_; }

  // The lane of that name; the same one each time.
  Lane& lane(std::string_view name);

  // `at` must not lie before now.
  TimerId schedule(VirtualTime at, EventClass event_class, Lane& lane, Callback&& callback);
  // Takes a callback back; one that ran already, or was cancelled, is left alone.
  void cancel(TimerId timer);

  enum class Stop {
    idle,     // nothing is scheduled any more
    limit,    // the next callback lies behind the limit
    stopped,  // stop() was called
  };
  // Runs callbacks until one of these. An exception of a callback passes through; the kernel is then of no further use.
  Stop run(VirtualTime limit = kVirtualTimeMax);
  // Makes run() return after the callback that calls this.
  void stop() { stop_requested_ = true; }

  // When the next callback is due; nothing where none is. For whoever may move a clock of their own until then.
  std::optional<VirtualTime> next_at();

  std::size_t pending() const { return live_; }
  std::uint64_t executed() const { return executed_; }

 private:
  struct Entry {
    std::int64_t at_ns = 0;
    std::uint64_t class_and_lane = 0;  // class in the upper 8 bits
    std::uint64_t number = 0;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
  };
  struct Slot {
    Callback callback;
    std::uint32_t generation = 1;
    std::uint32_t next_free = kNoSlot;
  };
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;
  static constexpr std::uint32_t kBlockSlots = 256;
  static bool before(const Entry& a, const Entry& b);

  void push(const Entry& entry);
  void pop();
  void sift_down(const Entry& entry);
  void check_order(const Entry& next);
  void run_callback(const Entry& entry);
  Slot& slot(std::uint32_t index) { return blocks_[index / kBlockSlots][index % kBlockSlots]; }
  std::uint32_t take_slot(Callback&& callback);
  void free_slot(std::uint32_t index);

  VirtualTime now_;
  std::vector<Entry> heap_;  // 4-ary, smallest first; entries of cancelled callbacks stay until they surface
  // The first entry was taken out and nothing has its place yet. Most callbacks schedule one other: it goes there at
  // once, which saves a whole way through the heap.
  bool front_is_taken_ = false;
  Entry last_run_{.at_ns = -1};
  std::vector<std::unique_ptr<Slot[]>> blocks_;  // a callback runs where it lies, so its slot must not move
  std::uint32_t slots_ = 0;
  std::uint32_t free_slot_ = kNoSlot;
  std::size_t live_ = 0;
  std::uint64_t executed_ = 0;
  bool stop_requested_ = false;
  std::vector<std::unique_ptr<Lane>> lanes_;  // a pointer each, because callers keep references
};

}  // namespace ringback::sim
