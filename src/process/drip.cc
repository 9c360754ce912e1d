#include "src/process/drip.h"

#include <algorithm>
#include <utility>

namespace ringback::process {
namespace {

constexpr std::int64_t kPiecesMax = 50;
constexpr Duration kPieceTime = milliseconds(10);  // no piece takes less

}  // namespace

Drip::Drip(sim::Kernel& kernel, sim::Lane& lane, Send send)
    : kernel_(kernel), lane_(lane), send_(std::move(send)), timer_(kernel) {}

void Drip::begin(Bytes octets, Duration spread) {
  octets_ = std::move(octets);
  sent_ = 0;
  began_ = kernel_.now();
  spread_ = spread;
  pieces_ = std::clamp<std::int64_t>(spread.ns() / kPieceTime.ns(), 1, kPiecesMax);
  piece_ = 0;
  schedule_next();
}

void Drip::schedule_next() {
  if (piece_ + 1 >= pieces_) return;
  const VirtualTime due = began_ + nanoseconds(spread_.ns() / pieces_ * (piece_ + 1));
  timer_.schedule(due, sim::EventClass::timer, lane_, [this] { send_next(); });
}

void Drip::send_next() {
  ++piece_;
  const std::size_t until = octets_.size() * static_cast<std::size_t>(piece_) / static_cast<std::size_t>(pieces_);
  const std::size_t from = std::exchange(sent_, until);
  if (until > from) send_(BytesView(octets_).substr(from, until - from));
  schedule_next();
}

void Drip::finish() {
  timer_.cancel();
  if (!is_open()) return;
  const std::size_t from = std::exchange(sent_, octets_.size());
  send_(BytesView(octets_).substr(from));
}

void Drip::forget() {
  timer_.cancel();
  octets_.clear();
  sent_ = 0;
}

}  // namespace ringback::process
