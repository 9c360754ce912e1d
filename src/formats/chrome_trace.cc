#include "src/formats/chrome_trace.h"

#include "src/base/error.h"
#include "src/formats/spans.h"
#include "src/wire/json_text.h"

namespace ringback::formats {
namespace {

// Microseconds with three decimals, exactly.
std::string microseconds_text(std::int64_t ns) {
  const std::uint64_t size =
      ns < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
  return fmt::format("{}{}.{:03}", ns < 0 ? "-" : "", size / 1000, size % 1000);
}

Bytes arguments_of(const Span& span) {
  wire::JsonObject arguments;
  if (span.exchange != 0) arguments.number("exchange", span.exchange);
  if (span.kind == Span::Kind::exchange) {
    arguments.number("status", span.status);
    if (span.parts != 0) arguments.number("parts", span.parts);
    if (!span.failure.empty()) arguments.text("failure", span.failure);
  }
  return std::move(arguments).finish();
}

Bytes event_of(const Span& span) {
  wire::JsonObject event;
  const bool is_bar = span.kind != Span::Kind::moment;
  event.text("name", span.name).text("ph", is_bar ? "X" : "i").number("pid", 1).number("tid", span.channel);
  event.raw("ts", microseconds_text(span.begin.ns()));
  if (is_bar) {
    event.raw("dur", microseconds_text((span.end - span.begin).ns()));
  } else {
    event.text("s", "t");
  }
  event.raw("args", arguments_of(span));
  return std::move(event).finish();
}

Bytes name_event(std::string_view kind, std::int64_t thread, std::string_view name) {
  wire::JsonObject event;
  event.text("name", kind).text("ph", "M").number("pid", 1).number("tid", thread);
  event.raw("args", std::move(wire::JsonObject().text("name", name)).finish());
  return std::move(event).finish();
}

}  // namespace

void export_chrome_trace(const trace::Trace& trace, ByteSink& sink) {
  sink.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
  sink.write(name_event("process_name", 0, "ringback"));
  for (const trace::Channel& channel : trace.channels.channels()) {
    sink.write(",\n" + name_event("thread_name", channel.id, channel.name));
  }
  for (const Span& span : spans_of(trace)) sink.write(",\n" + event_of(span));
  sink.write("\n]}\n");
}

Exporter chrome_trace_exporter() {
  return {.name = "chrome-trace",
          .description = "JSON for timeline viewers such as Perfetto",
          .write = export_chrome_trace};
}

}  // namespace ringback::formats
