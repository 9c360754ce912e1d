#include "sim/peers/voice_activity.h"

#include <algorithm>

#include "src/audio/level.h"

namespace ringback::sim {

using audio::kFrame;
using Options = audio::SpeechDetector::Options;

namespace {

// The detector's own settings stand first: on a tie they are kept.
constexpr std::uint64_t kLevels[] = {audio::kAudibleLevel, 64, 256, 512, 1024};
constexpr std::int64_t kOnsetsMs[] = {40, 20, 60, 80, 100, 140, 200};
constexpr std::int64_t kSilencesMs[] = {500, 200, 260, 300, 400, 600, 700, 800, 1000};

struct Decision {
  bool speech = false;
  Duration clock;
};

// Audible frames in a row: first and one past the last.
struct Row {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

std::vector<Row> rows_at(const std::vector<std::uint16_t>& levels, std::uint64_t level) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < level) continue;
    const auto frame = static_cast<std::int64_t>(i);
    if (rows.empty() || rows.back().end != frame) rows.push_back({frame, frame});
    rows.back().end = frame + 1;
  }
  return rows;
}

// What audio::SpeechDetector decides, from the rows alone.
std::vector<Decision> decide(const std::vector<Row>& rows, std::int64_t frames, std::int64_t onset,
                             std::int64_t silence) {
  std::vector<Decision> decisions;
  bool in_speech = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!in_speech) {
      if (rows[i].end - rows[i].begin < onset) continue;
      in_speech = true;
      decisions.push_back({true, kFrame * (rows[i].begin + onset)});
    }
    const std::int64_t end = rows[i].end + silence;
    const bool goes_on = i + 1 < rows.size() ? rows[i + 1].begin < end : frames < end;
    if (goes_on) continue;
    in_speech = false;
    decisions.push_back({false, kFrame * end});
  }
  return decisions;
}

Duration median(std::vector<Duration>& values) {
  if (values.empty()) return {};
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Duration distance(Duration a, Duration b) { return a < b ? b - a : a - b; }

}  // namespace

void HeardSession::append(BytesView samples, const audio::Format& format) {
  appended_ += audio::duration_of(samples.size(), format);
  const std::size_t whole = audio::frame_bytes(format);
  partial_.append(samples);
  BytesView rest = partial_;
  for (; rest.size() >= whole; rest.remove_prefix(whole)) {
    audio::Loudness loudness;
    loudness.add(rest.substr(0, whole), format);
    levels_.push_back(
        static_cast<std::uint16_t>(loudness.samples == 0 ? 0 : loudness.magnitude_sum / loudness.samples));
  }
  partial_ = Bytes(rest);
}

void HeardSession::edge(bool speech) { edges_.push_back({speech, appended_}); }

// Judges the candidates.
class DetectorFitter {
 public:
  explicit DetectorFitter(const std::vector<HeardSession>& sessions) : sessions_(sessions) {}

  std::optional<DetectorFit> best() {
    if (std::none_of(sessions_.begin(), sessions_.end(), [](const HeardSession& s) { return s.has_edges(); }))
      return std::nullopt;
    std::optional<DetectorFit> best;
    for (const std::uint64_t level : kLevels) {
      rows_.clear();
      for (const HeardSession& session : sessions_) rows_.push_back(rows_at(session.levels_, level));
      for (const std::int64_t onset : kOnsetsMs) {
        for (const std::int64_t silence : kSilencesMs) {
          const Options options{
              .onset = milliseconds(onset), .end_silence = milliseconds(silence), .audible_level = level};
          DetectorFit fit;
          const Duration cost = judge(options, fit);
          if (best.has_value() && cost >= best_cost_) continue;
          best = fit;
          best_cost_ = cost;
        }
      }
    }
    return best;
  }

 private:
  // The sum of all errors, with those of what has no partner.
  Duration judge(const Options& options, DetectorFit& fit) {
    lags_[0].clear();
    lags_[1].clear();
    Duration unpaired;
    for (std::size_t i = 0; i < sessions_.size(); ++i) unpaired += pair(sessions_[i], rows_[i], options, fit);
    fit.options = options;
    fit.onset_lag = std::max(Duration(), median(lags_[1]));
    fit.end_lag = std::max(Duration(), median(lags_[0]));
    std::vector<Duration> errors;
    for (const Duration lag : lags_[1]) errors.push_back(distance(lag, fit.onset_lag));
    for (const Duration lag : lags_[0]) errors.push_back(distance(lag, fit.end_lag));
    Duration cost = unpaired;
    for (const Duration error : errors) cost += error;
    if (!missed_.empty()) errors.insert(errors.end(), missed_.begin(), missed_.end());
    missed_.clear();
    fit.error_worst = errors.empty() ? Duration() : *std::max_element(errors.begin(), errors.end());
    fit.error_median = median(errors);
    return cost;
  }

  // Gives each recorded edge the nearest decision of its kind, in order; returns the cost of what is left over.
  Duration pair(const HeardSession& session, const std::vector<Row>& rows, const Options& options, DetectorFit& fit) {
    const std::vector<Decision> decisions = decide(rows, static_cast<std::int64_t>(session.levels_.size()),
                                                   frames_of(options.onset), frames_of(options.end_silence));
    std::size_t paired = 0;
    Duration cost;
    std::size_t next[2] = {0, 0};
    for (const HeardSession::Edge& edge : session.edges_) {
      if (edge.speech) ++fit.turns;
      const std::optional<std::size_t> found = nearest(decisions, next[edge.speech], edge);
      if (!found.has_value()) {
        cost += kFitApartMax;
        missed_.push_back(kFitApartMax);
        continue;
      }
      next[edge.speech] = *found + 1;
      lags_[edge.speech].push_back(edge.clock - decisions[*found].clock);
      ++paired;
    }
    return cost + kFitApartMax * static_cast<std::int64_t>(decisions.size() - paired);
  }

  static std::optional<std::size_t> nearest(const std::vector<Decision>& decisions, std::size_t from,
                                            const HeardSession::Edge& edge) {
    std::optional<std::size_t> found;
    for (std::size_t i = from; i < decisions.size() && decisions[i].clock <= edge.clock + kFitApartMax; ++i) {
      if (decisions[i].speech != edge.speech) continue;
      const Duration apart = distance(decisions[i].clock, edge.clock);
      if (apart > kFitApartMax) continue;
      if (!found.has_value() || apart < distance(decisions[*found].clock, edge.clock)) found = i;
    }
    return found;
  }

  static std::int64_t frames_of(Duration duration) {
    return std::max<std::int64_t>(1, (duration.ns() + kFrame.ns() - 1) / kFrame.ns());
  }

  const std::vector<HeardSession>& sessions_;
  std::vector<std::vector<Row>> rows_;  // of each session, at the present level
  std::vector<Duration> lags_[2];       // of ends, of onsets
  std::vector<Duration> missed_;
  Duration best_cost_;
};

std::optional<DetectorFit> fit_detector(const std::vector<HeardSession>& sessions) {
  return DetectorFitter(sessions).best();
}

}  // namespace ringback::sim
