// read_trace and write_trace: a whole trace between memory and a file.
#include "src/trace/reader.h"
#include "src/trace/trace.h"
#include "src/trace/writer.h"

namespace ringback::trace {

Trace read_trace(ByteSource& source, std::shared_ptr<Scratch> scratch) {
  Reader reader(source);
  Trace trace(std::move(scratch));
  trace.metadata = reader.metadata();
  Event event;
  while (reader.next(event)) {
    try {
      trace.add(event);
    } catch (const Error& broken) {
      fail("{}: event {}: {}", source.name(), trace.events.size(), broken.what());
    }
  }
  return trace;
}

Digest write_trace(const Trace& trace, ByteSink& sink) {
  Writer writer(sink);
  for (const Event& event : trace.events) writer.append(event);
  return writer.finish(trace.metadata);
}

Digest write_small_trace(const Trace& trace, ByteSink& sink) {
  Writer writer(sink, WriterOptions::smallest());
  for (const Event& event : trace.events) writer.append(event);
  return writer.finish(trace.metadata);
}

}  // namespace ringback::trace
