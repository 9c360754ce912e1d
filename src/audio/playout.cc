#include "src/audio/playout.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::audio {

void Playout::enqueue(VirtualTime at, BytesView samples) {
  RINGBACK_CHECK(at >= last_at_, "play-out times must not run backwards: {} ns after {} ns", at.ns(), last_at_.ns());
  last_at_ = at;
  samples = samples.substr(0, samples.size() - samples.size() % bytes_per_sample(format_));
  if (samples.empty()) return;
  const bool is_dry = !has_played_ || at > burst_end();
  if (is_dry) {
    if (has_played_ && at - burst_end() <= kUnderrunGapMax) ++underruns_;
    start_burst(at);
  }
  judge(samples);
}

void Playout::start_burst(VirtualTime at) {
  before_burst_ += duration_of(burst_bytes_, format_);
  burst_begin_ = at + options_.start_delay;
  burst_bytes_ = 0;
  open_frame_ = {};
  has_played_ = true;
}

void Playout::judge(BytesView samples) {
  const std::size_t whole = frame_bytes(format_);
  while (!samples.empty()) {
    const std::size_t filled = burst_bytes_ % whole;
    const BytesView piece = samples.substr(0, whole - filled);
    const VirtualTime frame_begin = burst_begin_ + duration_of(burst_bytes_ - filled, format_);
    if (filled == 0) {
      open_frame_ = {};
      spans_before_ = spans_.size();
      last_end_before_ = spans_.empty() ? VirtualTime() : spans_.back().end;
    } else {
      spans_.resize(spans_before_);
      if (!spans_.empty()) spans_.back().end = last_end_before_;
    }
    open_frame_.add(piece, format_);
    burst_bytes_ += piece.size();
    if (open_frame_.is_audible()) add_span({.begin = frame_begin, .end = burst_end()});
    samples.remove_prefix(piece.size());
  }
}

void Playout::add_span(Span span) {
  if (!spans_.empty() && spans_.back().end == span.begin) {
    spans_.back().end = span.end;
  } else {
    spans_.push_back(span);
  }
}

Duration Playout::clear(VirtualTime at) {
  RINGBACK_CHECK(at >= last_at_, "play-out times must not run backwards: {} ns after {} ns", at.ns(), last_at_.ns());
  last_at_ = at;
  for (DueMark& mark : marks_) mark.at = std::min(mark.at, at);
  if (!has_played_) return {};
  const Duration kept = played(at);
  const Duration dropped = queued() - kept;
  while (!spans_.empty() && spans_.back().begin >= at) spans_.pop_back();
  if (!spans_.empty()) spans_.back().end = std::min(spans_.back().end, at);
  // The next chunk starts anew, whenever it comes.
  has_played_ = false;
  before_burst_ = kept;
  burst_begin_ = std::min(burst_end(), at);
  burst_bytes_ = 0;
  return dropped;
}

void Playout::mark(VirtualTime at, std::string name) {
  RINGBACK_CHECK(at >= last_at_, "play-out times must not run backwards: {} ns after {} ns", at.ns(), last_at_.ns());
  last_at_ = at;
  marks_.push_back({.at = std::max(at, burst_end()), .name = std::move(name)});
}

std::vector<Playout::DueMark> Playout::take_due_marks(VirtualTime now) {
  std::vector<DueMark> due;
  while (!marks_.empty() && marks_.front().at <= now) {
    due.push_back(std::move(marks_.front()));
    marks_.pop_front();
  }
  return due;
}

std::optional<VirtualTime> Playout::next_mark_at() const {
  if (marks_.empty()) return std::nullopt;
  return marks_.front().at;
}

Duration Playout::played(VirtualTime at) const {
  const Duration heard = std::clamp(at - burst_begin_, Duration(), duration_of(burst_bytes_, format_));
  return before_burst_ + heard;
}

Duration Playout::queued() const { return before_burst_ + duration_of(burst_bytes_, format_); }

}  // namespace ringback::audio
