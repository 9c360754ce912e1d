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

bool Kernel::before(const Entry& a, const Entry& b) {
  if (a.at_ns != b.at_ns) return a.at_ns < b.at_ns;
  if (a.class_and_lane != b.class_and_lane) return a.class_and_lane < b.class_and_lane;
  RINGBACK_CHECK(a.number != b.number || &a == &b, "the key decides every tie; time {} ns", a.at_ns);
  return a.number < b.number;
}

TimerId Kernel::schedule(VirtualTime at, EventClass event_class, Lane& lane, Callback callback) {
  RINGBACK_CHECK(at >= now_, "lane '{}' schedules at {} ns, which lies before now, {} ns", lane.name_, at.ns(),
                 now_.ns());
  const std::uint32_t slot = take_slot(std::move(callback));
  const std::uint32_t generation = slots_[slot].generation;
  push({.at_ns = at.ns(),
        .class_and_lane = static_cast<std::uint64_t>(event_class) << kClassShift | lane.id_,
        .number = lane.next_number_++,
        .slot = slot,
        .generation = generation});
  ++live_;
  return {slot, generation};
}

void Kernel::cancel(TimerId timer) {
  if (timer.generation_ == 0 || slots_[timer.slot_].generation != timer.generation_) return;
  // The callback's captures may own what cancels something else when destroyed: first the books, then the destruction.
  const Callback dying = std::move(slots_[timer.slot_].callback);
  free_slot(timer.slot_);
  --live_;
}

Kernel::Stop Kernel::run(VirtualTime limit) {
  stop_requested_ = false;
  while (!heap_.empty()) {
    const Entry next = heap_.front();
    if (slots_[next.slot].generation != next.generation) {
      pop();
      continue;
    }
    if (next.at_ns > limit.ns()) return Stop::limit;
    pop();
    now_ = VirtualTime::from_ns(next.at_ns);
    Callback callback = std::move(slots_[next.slot].callback);
    free_slot(next.slot);
    --live_;
    ++executed_;
    callback();
    if (stop_requested_) return Stop::stopped;
  }
  return Stop::idle;
}

void Kernel::push(const Entry& entry) {
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
  const Entry last = heap_.back();
  heap_.pop_back();
  if (heap_.empty()) return;
  std::size_t hole = 0;
  for (;;) {
    const std::size_t first = hole * kArity + 1;
    if (first >= heap_.size()) break;
    std::size_t smallest = first;
    const std::size_t end = std::min(first + kArity, heap_.size());
    for (std::size_t child = first + 1; child < end; ++child) {
      if (before(heap_[child], heap_[smallest])) smallest = child;
    }
    if (!before(heap_[smallest], last)) break;
    heap_[hole] = heap_[smallest];
    hole = smallest;
  }
  heap_[hole] = last;
}

std::uint32_t Kernel::take_slot(Callback callback) {
  std::uint32_t slot = free_slot_;
  if (slot == kNoSlot) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    free_slot_ = slots_[slot].next_free;
  }
  slots_[slot].callback = std::move(callback);
  return slot;
}

void Kernel::free_slot(std::uint32_t slot) {
  if (++slots_[slot].generation == 0) slots_[slot].generation = 1;
  slots_[slot].next_free = free_slot_;
  free_slot_ = slot;
}

}  // namespace ringback::sim
