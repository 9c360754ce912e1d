#include "src/formats/spans.h"

#include <algorithm>
#include <map>

#include "src/audio/format.h"
#include "src/base/error.h"

namespace ringback::formats {
namespace {

using trace::EventKind;

// The value of the first "type" of a JSON frame, as far as it can be told without parsing; empty otherwise.
std::string frame_type(BytesView frame) {
  const std::size_t key = frame.substr(0, 256).find("\"type\"");
  if (key == BytesView::npos) return {};
  const std::size_t begin = frame.find('"', key + 6);
  if (begin == BytesView::npos || begin > key + 10) return {};
  const std::size_t end = frame.find('"', begin + 1);
  if (end == BytesView::npos || end - begin > 80) return {};
  return std::string(frame.substr(begin + 1, end - begin - 1));
}

class Folder {
 public:
  explicit Folder(const trace::Trace& trace) : trace_(trace) {}

  std::vector<Span> fold() {
    for (const trace::Event& event : trace_.events) take(event);
    std::stable_sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    return std::move(spans_);
  }

 private:
  using ExchangeKey = std::pair<trace::ChannelId, std::uint32_t>;

  void take(const trace::Event& event) {
    switch (event.kind) {
      case EventKind::channel_declared:
      case EventKind::recording_facts:
        return;
      case EventKind::audio:
        return sound(event);
      case EventKind::request: {
        Span& span = exchange(event);
        span.name = trace::body_of<trace::Request>(event).operation;
        return;
      }
      case EventKind::response: {
        Span& span = exchange(event);
        if (span.status == 0) span.first = event.at;
        span.status = trace::body_of<trace::Response>(event).status;
        return;
      }
      case EventKind::response_part:
        ++exchange(event).parts;
        return;
      case EventKind::failed:
        exchange(event).failure = trace::body_of<trace::Failed>(event).reason;
        return;
      case EventKind::abandoned:
        exchange(event).failure = "abandoned: " + trace::body_of<trace::Abandoned>(event).reason;
        return;
      case EventKind::message:
        return moment(event, frame_type(trace::body_field(event.body, 1)));
      default:
        return moment(event, "");
    }
  }

  // The span of the event's exchange, reaching to the event; new where the event is the first.
  Span& exchange(const trace::Event& event) {
    const ExchangeKey key{event.channel, event.exchange};
    const auto [known, is_new] = exchanges_.emplace(key, spans_.size());
    if (is_new) {
      spans_.push_back({.kind = Span::Kind::exchange,
                        .channel = event.channel,
                        .exchange = event.exchange,
                        .begin = event.at,
                        .name = "exchange",
                        .first = event.at});
    }
    Span& span = spans_[known->second];
    span.end = std::max(span.end, event.at);
    return span;
  }

  void sound(const trace::Event& event) {
    const trace::Channel* channel = trace_.channels.find(event.channel);
    const audio::Format format = audio::format_of(channel->encoding, channel->rate);
    const VirtualTime end = event.at + audio::duration_of(trace::body_field(event.body, 1).size(), format);
    const auto last = sounds_.find(event.channel);
    if (last != sounds_.end() && event.at <= spans_[last->second].end + kSoundPauseMax) {
      spans_[last->second].end = std::max(spans_[last->second].end, end);
      return;
    }
    sounds_[event.channel] = spans_.size();
    spans_.push_back(
        {.kind = Span::Kind::sound, .channel = event.channel, .begin = event.at, .end = end, .name = "sound"});
  }

  void moment(const trace::Event& event, std::string name) {
    if (name.empty()) name = name_of(event.kind);
    if (name.empty()) name = fmt::format("kind {}", static_cast<int>(event.kind));
    spans_.push_back(
        {.channel = event.channel, .exchange = event.exchange, .begin = event.at, .end = event.at, .name = name});
  }

  const trace::Trace& trace_;
  std::vector<Span> spans_;
  std::map<ExchangeKey, std::size_t> exchanges_;
  std::map<trace::ChannelId, std::size_t> sounds_;  // the latest of each channel
};

}  // namespace

std::vector<Span> spans_of(const trace::Trace& trace) { return Folder(trace).fold(); }

}  // namespace ringback::formats
