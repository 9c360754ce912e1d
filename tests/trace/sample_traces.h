// Traces for tests: one small enough to break every bit of, and one with an event of every kind.
#pragma once

#include <string>

#include "src/base/io.h"
#include "src/trace/trace.h"
#include "src/trace/writer.h"

namespace ringback::trace {

inline Bytes file_of(const std::vector<Event>& events, const Metadata& metadata = {}, WriterOptions options = {}) {
  MemorySink sink;
  Writer writer(sink, options);
  for (const Event& event : events) writer.append(event);
  writer.finish(metadata);
  return sink.data();
}

inline Trace trace_of(const Bytes& file) {
  MemorySource source("sample.rbt", file);
  return read_trace(source);
}

// Two tracks, a model and a tool that answers what is no JSON.
inline Trace small_call() {
  Trace trace;
  trace.metadata = {{"origin", "scenario small"}, {"redaction", "none"}};
  const ChannelId caller =
      trace.declare({.kind = ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  const ChannelId model = trace.declare({.kind = ChannelKind::model, .name = "model", .encoding = "openai-realtime"});
  const ChannelId tool = trace.declare({.kind = ChannelKind::tool, .name = "tool:ehr.lookup_patient"});
  for (int frame = 0; frame < 5; ++frame) {
    const EventHead head{
        .at = VirtualTime{} + milliseconds(20 * frame), .channel = caller, .direction = Direction::to_agent};
    trace.add(make_event(head, Audio{.samples = Bytes(160, static_cast<char>(0x7f - frame))}));
  }
  const VirtualTime later = VirtualTime{} + milliseconds(90);
  trace.add(make_event({.at = later, .channel = model, .direction = Direction::to_agent, .exchange = 1},
                       Message{.text = R"({"type":"response.created"})"}));
  trace.add(make_event({.at = later, .channel = tool, .direction = Direction::from_agent, .exchange = 1},
                       Request{.operation = "lookup_patient", .body = R"({"name":"Ada"})"}));
  trace.add(make_event({.at = later, .channel = tool, .direction = Direction::to_agent, .exchange = 1},
                       Response{.status = 200, .body = "{not-json"}));
  trace.add(make_event({.at = later, .channel = model, .direction = Direction::to_agent, .exchange = 1},
                       Closed{.code = 1006}));
  return trace;
}

}  // namespace ringback::trace
