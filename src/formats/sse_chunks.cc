#include "src/formats/sse_chunks.h"

#include "src/formats/http_cassette.h"
#include "src/formats/json_lines.h"
#include "src/formats/pacing.h"
#include "src/formats/stream_split.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

struct Protocol {
  std::string name;
  bool has_named_events = false;
};

// By the first payload.
Protocol protocol_of(const Node& payload) {
  const Bytes type = payload.text_or("type");
  if (type == "message_start") return {.name = "anthropic-messages", .has_named_events = true};
  if (type.starts_with("response.")) return {.name = "openai-responses", .has_named_events = true};
  if (type.find('-') != Bytes::npos) return {.name = "cohere-chat"};
  if (payload.find("candidates") != nullptr) return {.name = "gemini"};
  if (payload.find("choices") != nullptr) return {.name = "openai-chat"};
  return {};
}

bool is_wire(BytesView data) {
  return data.starts_with("data:") || data.starts_with("event:") || data.starts_with(": ");
}

class Stream {
 public:
  void add(BytesView part) { parts_.push_back(timed_.redactor().text(part)); }

  trace::Trace finish(std::string_view name, const std::string& protocol) && {
    const trace::ChannelId model =
        timed_.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = protocol});
    VirtualTime now = VirtualTime() + kAnswerGap;
    timed_.add(now, model, Direction::to_agent,
               trace::Response{.status = 200, .headers = "content-type: text/event-stream\n"}, 1);
    for (const Bytes& part : parts_) {
      now += kFrameGap;
      timed_.add(now, model, Direction::to_agent, trace::ResponsePart{.body = part}, 1);
    }
    return std::move(timed_).finish(name);
  }

 private:
  TimedTrace timed_{trace::RecordingFacts{.source = "sse", .times = "synthetic", .audio = "none"}};
  std::vector<Bytes> parts_;
};

bool is_sse(BytesView head, std::string_view filename) {
  if (filename.ends_with(".chunks.txt")) return first_line(head).starts_with("{");
  return is_wire(head) && head.find("data:") != BytesView::npos;
}

}  // namespace

trace::Trace import_sse_chunks(std::string_view name, BytesView data) {
  Stream stream;
  if (is_wire(data)) {
    for (const BytesView part : stream_parts("text/event-stream", data)) stream.add(part);
    return std::move(stream).finish(name, "");
  }
  Protocol protocol;
  bool is_first = true;
  for_each_json_line(name, data, [&](const Node& payload) {
    payload.members();
    if (is_first) protocol = protocol_of(payload);
    is_first = false;
    const Bytes type = protocol.has_named_events ? payload.text_or("type") : Bytes();
    stream.add((type.empty() ? Bytes() : "event: " + type + "\n") + "data: " + payload.json() + "\n\n");
  });
  return std::move(stream).finish(name, protocol.name);
}

Importer sse_chunks_importer() {
  return with_cuts(
      single_file_importer("sse", "a model's streamed answer: server-sent events, or their payloads a line", is_sse,
                           import_sse_chunks),
      cut_lines, server_events_without_end);
}

}  // namespace ringback::formats
