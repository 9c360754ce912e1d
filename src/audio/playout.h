// What the caller hears of what the agent sends: a queue of samples that plays at its own pace.
//
// A chunk that finds the queue dry starts a burst: it plays `start_delay` after it came. Chunks that come while the
// queue still holds something follow without a seam. `clear` cuts what was not played. Only spans of audible sound are
// kept, not samples, so memory grows with the number of spans. All times given must not run backwards.
//
//   Playout playout(format);
//   playout.enqueue(now, samples);
//   playout.mark(now, "end of sentence");     // due once everything before it has been played
//   Duration dropped = playout.clear(now);    // the caller interrupted
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "src/audio/format.h"
#include "src/audio/level.h"

namespace ringback::audio {

class Playout {
 public:
  struct Options {
    Duration start_delay = milliseconds(40);
  };

  // [begin, end)
  struct Span {
    VirtualTime begin;
    VirtualTime end;
    friend bool operator==(const Span&, const Span&) = default;
  };

  struct DueMark {
    VirtualTime at;
    std::string name;
    friend bool operator==(const DueMark&, const DueMark&) = default;
  };

  // A queue that was dry for at most this long before more came is an underrun: a stream that came too slowly. After a
  // longer pause, or a clear, the next chunk is something new.
  static constexpr Duration kUnderrunGapMax = milliseconds(200);

  explicit Playout(const Format& format) : Playout(format, Options()) {}
  Playout(const Format& format, const Options& options) : format_(format), options_(options) {}

  void enqueue(VirtualTime at, BytesView samples);
  // Drops everything that is not played at `at` and returns how much that was. Outstanding marks become due at `at`.
  Duration clear(VirtualTime at);
  // Due when all that was queued before it has been played: at once where that is nothing.
  void mark(VirtualTime at, std::string name);

  // The marks that are due by `now`, in the order they were set; each is handed out once.
  std::vector<DueMark> take_due_marks(VirtualTime now);
  // When the next mark is due, or nothing where none is outstanding.
  std::optional<VirtualTime> next_mark_at() const;

  // When the queue runs dry if nothing more comes; in the past where it is dry, the start of the session where nothing
  // ever came.
  VirtualTime playing_until() const { return burst_end(); }
  bool is_playing(VirtualTime at) const { return at < burst_end(); }
  // How much has been played up to `at`, in all; `at` must not be before the last enqueue or clear.
  Duration played(VirtualTime at) const;
  // How much was taken in all, without what was cleared: what `played` comes to when the queue runs dry. The difference
  // between two readings is how much of the audio between them has been or will be heard.
  Duration queued() const;
  // Spans of audible sound in order, disjoint, never adjacent. Judged in frames of 20 ms from each burst's start (a
  // shorter last frame by what it has); they reach into the future as far as the queue does.
  const std::vector<Span>& audible() const { return spans_; }
  std::uint64_t underruns() const { return underruns_; }

 private:
  VirtualTime burst_end() const { return burst_begin_ + duration_of(burst_bytes_, format_); }
  void start_burst(VirtualTime at);
  void judge(BytesView samples);
  void add_span(Span span);

  Format format_;
  Options options_;
  VirtualTime last_at_;
  bool has_played_ = false;  // a burst was started and not ended by a clear
  VirtualTime burst_begin_;
  std::size_t burst_bytes_ = 0;
  Duration before_burst_;  // played in earlier bursts
  std::deque<DueMark> marks_;
  std::vector<Span> spans_;
  std::uint64_t underruns_ = 0;

  // The frame that is not full yet, and how the spans stood before it was counted.
  Loudness open_frame_;
  std::size_t spans_before_ = 0;
  VirtualTime last_end_before_;
};

}  // namespace ringback::audio
