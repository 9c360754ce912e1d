#include "sim/kernel/kernel.h"

#include "src/base/error.h"
#include "src/base/hash.h"

namespace ringback::sim {
namespace {

constexpr std::size_t kArity = 4;
constexpr int kClassShift = 56;

}  // namespace

Lane::Lane(std::string name) : name_(std::move(name)), id_(hash64(name_) >> 8) {}

Lane& Kernel::lane(std::string_view name) {
  for (const auto& lane : lanes_) {
    if (lane->name_ == name) return *lane;
  }
  lanes_.push_back(std::unique_ptr<Lane>(new Lane(std::string(name))));
  for (std::size_t i = 0; i + 1 < lanes_.size(); ++i) {
    RINGBACK_CHECK(lanes_[i]->id_ != lanes_.back()->id_, "lanes '{}' and '{}' have ids of their own", lanes_[i]->name_,
                   name);
  }
  return *lanes_.back();
}

// Which of two times is smaller cannot be predicted, so there is no branch on it; that they are equal can.
[[gnu::always_inline]] inline bool Kernel::before(const Entry& a, const Entry& b) {
  if (a.at_ns != b.at_ns) [[likely]]
    return a.at_ns < b.at_ns;
  if (a.class_and_lane != b.class_and_lane) return a.class_and_lane < b.class_and_lane;
  return a.number < b.number;
}

TimerId Kernel::schedule(VirtualTime at, EventClass event_class, Lane& lane, Callback&& callback) {
  RINGBACK_CHECK(at >= now_, "lane '{}' schedules at {} ns, which lies before now, {} ns", lane.name_, at.ns(),
                 now_.ns());
  const std::uint32_t index = take_slot(std::move(callback));
  const std::uint32_t generation = slot(index).generation;
  push({.at_ns = at.ns(),
        .class_and_lane = static_cast<std::uint64_t>(event_class) << kClassShift | lane.id_,
        .number = lane.next_number_++,
        .slot = index,
        .generation = generation});
  ++live_;
  return {index, generation};
}

void Kernel::cancel(TimerId timer) {
  if (timer.generation_ == 0 || slot(timer.slot_).generation != timer.generation_) return;
  // The callback's captures may own what cancels something else when destroyed: first the books, then the destruction.
  const Callback dying = std::move(slot(timer.slot_).callback);
  free_slot(timer.slot_);
  --live_;
}

Kernel::Stop Kernel::run(VirtualTime limit) {
  stop_requested_ = false;
  for (;;) {
    if (front_is_taken_) pop();
    if (heap_.empty()) return Stop::idle;
    const Entry next = heap_.front();
    if (slot(next.slot).generation != next.generation) {
      front_is_taken_ = true;
      continue;
    }
    if (next.at_ns > limit.ns()) return Stop::limit;
    check_order(next);
    front_is_taken_ = true;
    run_callback(next);
    if (stop_requested_) return Stop::stopped;
  }
}

std::optional<VirtualTime> Kernel::next_at() {
  if (front_is_taken_) pop();
  while (!heap_.empty() && slot(heap_.front().slot).generation != heap_.front().generation) pop();
  if (heap_.empty()) return std::nullopt;
  return VirtualTime::from_ns(heap_.front().at_ns);
}

// Entries that compare equal come out of the heap one after the other.
void Kernel::check_order(const Entry& next) {
  RINGBACK_CHECK(next.at_ns != last_run_.at_ns || next.class_and_lane != last_run_.class_and_lane ||
                     next.number != last_run_.number,
                 "the key decides every tie; time {} ns", next.at_ns);
  last_run_ = next;
}

void Kernel::run_callback(const Entry& entry) {
  now_ = VirtualTime::from_ns(entry.at_ns);
  Slot& running = slot(entry.slot);
  // From here on nobody can cancel it; its slot is free when it has run, and destroyed what it owned.
  if (++running.generation == 0) running.generation = 1;
  --live_;
  ++executed_;
  running.callback();
  running.callback = Callback();
  running.next_free = free_slot_;
  free_slot_ = entry.slot;
}

void Kernel::push(const Entry& entry) {
  if (front_is_taken_) {
    front_is_taken_ = false;
    sift_down(entry);
    return;
  }
  std::size_t hole = heap_.size();
  heap_.push_back(entry);
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / kArity;
    if (!before(entry, heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = entry;
}

void Kernel::pop() {
  front_is_taken_ = false;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down(last);
}

// Puts `entry` where the first one was.
void Kernel::sift_down(const Entry& entry) {
  Entry* const heap = heap_.data();
  const std::size_t size = heap_.size();
  std::size_t hole = 0;
  for (;;) {
    const std::size_t first = hole * kArity + 1;
    std::size_t smallest = first;
    if (first + kArity <= size) {
      const std::size_t left = first + (before(heap[first + 1], heap[first]) ? 1 : 0);
      const std::size_t right = first + (before(heap[first + 3], heap[first + 2]) ? 3 : 2);
      smallest = before(heap[right], heap[left]) ? right : left;
    } else {
      if (first >= size) break;
      for (std::size_t child = first + 1; child < size; ++child) {
        smallest = before(heap[child], heap[smallest]) ? child : smallest;
      }
    }
    if (!before(heap[smallest], entry)) break;
    heap[hole] = heap[smallest];
    hole = smallest;
  }
  heap[hole] = entry;
}

std::uint32_t Kernel::take_slot(Callback&& callback) {
  std::uint32_t index = free_slot_;
  if (index == kNoSlot) {
    index = slots_++;
    if (index / kBlockSlots == blocks_.size()) blocks_.push_back(std::make_unique<Slot[]>(kBlockSlots));
  } else {
    free_slot_ = slot(index).next_free;
  }
  slot(index).callback = std::move(callback);
  return index;
}

void Kernel::free_slot(std::uint32_t index) {
  Slot& freed = slot(index);
  if (++freed.generation == 0) freed.generation = 1;
  freed.next_free = free_slot_;
  free_slot_ = index;
}

}  // namespace ringback::sim
