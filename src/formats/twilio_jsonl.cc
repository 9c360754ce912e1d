#include "src/formats/twilio_jsonl.h"

#include <algorithm>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/formats/http_cassette.h"
#include "src/formats/json_lines.h"
#include "src/formats/line_time.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

class Stream {
 public:
  Stream()
      : caller_(timed_.declare({.kind = trace::ChannelKind::caller, .name = "caller"})),
        caller_audio_(declare_track("caller.audio")),
        agent_audio_(declare_track("agent.audio")) {}

  void add_line(const Node& line) {
    const Node* wrapped = line.find("message");
    if (wrapped == nullptr) wrapped = line.find("frame");
    if (wrapped == nullptr || line.find("event") != nullptr) return add_frame(line, line);
    if (!wrapped->is_text()) return add_frame(line, *wrapped);
    const Document document = parse_json_document(line.place(), wrapped->text());
    add_frame(line, document.root());
  }

  trace::Trace finish(std::string_view name) && {
    timed_.facts().times = lacks_times_ ? "caller" : "";
    timed_.facts().wall_start_ns = clock_.wall_start_ns();
    return std::move(timed_).finish(name);
  }

 private:
  trace::ChannelId declare_track(const char* name) {
    return timed_.declare({.kind = trace::ChannelKind::audio, .name = name, .encoding = "mulaw", .rate = 8000});
  }

  static bool is_from_agent(const Node& line, const Node& frame) {
    const Bytes direction = line.text_or("direction");
    if (direction == "sent" || direction == "out" || direction == "from_agent") return true;
    if (!direction.empty()) return false;
    return frame.find("sequenceNumber") == nullptr && frame.text_at("event") != "connected";
  }

  void take_time(const Node& line, const Node& frame, bool is_from_agent) {
    if (&line != &frame) {
      if (const std::optional<std::int64_t> ns = line_time_ns(line)) {
        now_ = clock_.at(*ns);
        return;
      }
    }
    lacks_times_ = true;
    const Node* media = is_from_agent ? nullptr : frame.find("media");
    const Node* stamp = media == nullptr ? nullptr : media->find("timestamp");
    if (stamp == nullptr) return;
    const std::optional<Duration> since_start = parse_decimal(stamp->scalar(), milliseconds(1));
    if (!since_start.has_value()) {
      fail("{}: expected \"timestamp\" in milliseconds, found {}", line.place(), stamp->scalar().substr(0, 40));
    }
    now_ = std::max(now_, VirtualTime() + *since_start);
  }

  void add_frame(const Node& line, const Node& frame) {
    const Bytes& event = frame.text_at("event");
    const bool from_agent = is_from_agent(line, frame);
    take_time(line, frame, from_agent);
    const Direction direction = from_agent ? Direction::from_agent : Direction::to_agent;
    if (event == "connected") return;
    if (event == "start") return start(line, frame);
    if (event == "media") return media(line, frame, direction);
    if (event == "stop") return timed_.add(now_, caller_, direction, trace::HungUp{.by = "caller"});
    if (event == "clear") return timed_.add(now_, caller_, direction, trace::Clear{});
    if (event == "dtmf") {
      return timed_.add(now_, caller_, direction, trace::Dtmf{.digit = frame.at("dtmf").text_at("digit")});
    }
    if (event == "mark") {
      const Bytes& mark = frame.at("mark").text_at("name");
      if (from_agent) return timed_.add(now_, caller_, direction, trace::Mark{.name = mark});
      return timed_.add(now_, caller_, direction, trace::MarkPlayed{.name = mark});
    }
    fail("{}: expected an event of Media Streams, found {}", line.place(), event.substr(0, 40));
  }

  void start(const Node& line, const Node& frame) {
    if (const Node* format = frame.at("start").find("mediaFormat")) {
      if (format->text_or("encoding") != "audio/x-mulaw" || format->integer_at("sampleRate", 1, 1'000'000) != 8000) {
        fail("{}: expected audio/x-mulaw at 8000, found {}", line.place(), format->json().substr(0, 80));
      }
    }
    timed_.add(now_, caller_, Direction::to_agent, trace::CallStarted{});
  }

  void media(const Node& line, const Node& frame, Direction direction) {
    const Node& media = frame.at("media");
    std::optional<Bytes> samples = base64_decode(media.text_at("payload"));
    if (!samples.has_value()) fail("{}: expected base64 under \"payload\", found something else", line.place());
    // The far end's track is what the agent said, heard back by the stream.
    const bool is_agent_track = direction == Direction::from_agent || media.text_or("track") == "outbound";
    if (samples->empty()) return;
    timed_.add(now_, is_agent_track ? agent_audio_ : caller_audio_,
               is_agent_track ? Direction::from_agent : Direction::to_agent,
               trace::Audio{.samples = std::move(*samples)});
  }

  TimedTrace timed_{trace::RecordingFacts{.source = "twilio"}};
  trace::ChannelId caller_;
  trace::ChannelId caller_audio_;
  trace::ChannelId agent_audio_;
  LineClock clock_;
  VirtualTime now_;
  bool lacks_times_ = false;
};

bool is_twilio(BytesView head, std::string_view) {
  const BytesView start = head.substr(0, 4096);
  const BytesView line = first_line(start);
  return line.starts_with('{') && line.find("event") != BytesView::npos &&
         (line.find("connected") != BytesView::npos || start.find("streamSid") != BytesView::npos) &&
         start.find("streamSid") != BytesView::npos;
}

}  // namespace

trace::Trace import_twilio_jsonl(std::string_view name, BytesView data) {
  Stream stream;
  for_each_json_line(name, data, [&](const Node& line) { stream.add_line(line); });
  return std::move(stream).finish(name);
}

Importer twilio_jsonl_importer() {
  return with_cuts(
      single_file_importer("twilio", "frames of Twilio Media Streams, one a line", is_twilio, import_twilio_jsonl),
      cut_lines);
}

}  // namespace ringback::formats
