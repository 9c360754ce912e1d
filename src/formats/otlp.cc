#include "src/formats/otlp.h"

#include <map>

#include "src/base/error.h"
#include "src/base/hash.h"
#include "src/formats/document.h"
#include "src/formats/spans.h"
#include "src/trace/content_root.h"
#include "src/wire/json_text.h"

namespace ringback::formats {
namespace {

constexpr int kInternal = 1;
constexpr int kClient = 3;
constexpr int kStatusError = 2;

class Attributes {
 public:
  Attributes& text(std::string_view key, BytesView value) {
    return value.empty() ? *this : add(key, std::move(wire::JsonObject().text("stringValue", value)).finish());
  }
  // 64-bit integers are strings in the JSON encoding of protocol buffers.
  Attributes& number(std::string_view key, std::int64_t value) {
    return add(key, std::move(wire::JsonObject().text("intValue", fmt::to_string(value))).finish());
  }
  Attributes& seconds(std::string_view key, Duration value) {
    const std::string digits = fmt::format("{}.{:09}", value.ns() / 1'000'000'000, value.ns() % 1'000'000'000);
    return add(key, std::move(wire::JsonObject().raw("doubleValue", digits)).finish());
  }
  Bytes finish() const { return "[" + list_ + "]"; }

 private:
  Attributes& add(std::string_view key, BytesView value) {
    if (!list_.empty()) list_ += ",";
    list_ += std::move(wire::JsonObject().text("key", key).raw("value", value)).finish();
    return *this;
  }
  Bytes list_;
};

std::string_view provider_of(const trace::Channel& channel) {
  const auto is_at = [&](std::string_view host) { return channel.url.find(host) != std::string::npos; };
  if (is_at("anthropic.com")) return "anthropic";
  if (is_at("azure.com")) return "azure.ai.openai";
  if (is_at("amazonaws.com")) return "aws.bedrock";
  if (is_at("aiplatform.googleapis.com")) return "gcp.vertex_ai";
  if (is_at("googleapis.com")) return "gcp.gemini";
  if (is_at("x.ai")) return "x_ai";
  if (is_at("openai.com") || channel.encoding == "openai-realtime") return "openai";
  return {};
}

// What a model's request asks for, by exchange.
using RequestBodies = std::map<std::pair<trace::ChannelId, std::uint32_t>, std::string>;

std::string requested_model(BytesView body) {
  if (!body.starts_with('{')) return {};
  try {
    const Document document = parse_json_document("request", body);
    return document.root().text_or("model").substr(0, 200);
  } catch (const Error&) {
    return {};
  }
}

class Writer {
 public:
  explicit Writer(const trace::Trace& trace) : trace_(trace), start_ns_(trace.facts().wall_start_ns) {
    trace::ContentRoot root;
    for (const trace::Event& event : trace.events) {
      root.add(event);
      const trace::Channel* channel = trace.channels.find(event.channel);
      if (event.kind == trace::EventKind::request && channel != nullptr && channel->kind == trace::ChannelKind::model) {
        models_[{event.channel, event.exchange}] = requested_model(trace::body_of<trace::Request>(event).body);
      }
    }
    seed_ = to_hex(root.finish());
    trace_id_ = seed_.substr(0, 32);
    root_id_ = id_of("root");
  }

  void write(ByteSink& sink) {
    const std::vector<Span> spans = spans_of(trace_);
    sink.write(
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":" + Attributes().text("service.name", "ringback").finish() +
        "},\"scopeSpans\":[{\"scope\":{\"name\":\"ringback\"},\"spans\":[\n");
    sink.write(root_span(spans));
    std::size_t number = 0;
    for (const Span& span : spans) {
      if (span.kind != Span::Kind::moment) sink.write(",\n" + span_json(span, ++number));
    }
    sink.write("\n]}]}]}\n");
  }

 private:
  std::string id_of(std::string_view what) const {
    return to_hex(hash128(fmt::format("{} {}", seed_, what))).substr(0, 16);
  }

  std::string time_text(VirtualTime at) const {
    return fmt::to_string((nanoseconds(start_ns_) + at.since_start()).ns());
  }

  Bytes root_span(const std::vector<Span>& spans) const {
    Bytes events;
    VirtualTime end = VirtualTime() + trace_.duration();
    for (const Span& span : spans) {
      end = std::max(end, span.end);
      if (span.kind != Span::Kind::moment) continue;
      const trace::Channel* channel = trace_.channels.find(span.channel);
      if (!events.empty()) events += ",";
      events +=
          std::move(wire::JsonObject()
                        .text("timeUnixNano", time_text(span.begin))
                        .text("name", span.name)
                        .raw("attributes",
                             Attributes().text("ringback.channel", channel == nullptr ? "" : channel->name).finish()))
              .finish();
    }
    wire::JsonObject root;
    root.text("traceId", trace_id_).text("spanId", root_id_).text("name", "recording").number("kind", kInternal);
    root.text("startTimeUnixNano", time_text({})).text("endTimeUnixNano", time_text(end));
    root.raw("attributes", Attributes()
                               .text("ringback.source", trace_.facts().source)
                               .text("ringback.times", trace_.facts().times)
                               .text("ringback.digest", seed_)
                               .finish());
    root.raw("events", "[" + events + "]");
    return std::move(root).finish();
  }

  Bytes span_json(const Span& span, std::size_t number) const {
    const trace::Channel& channel = *trace_.channels.find(span.channel);
    Attributes attributes;
    std::string name = "sound " + channel.name;
    int kind = kInternal;
    if (span.kind == Span::Kind::exchange && channel.kind == trace::ChannelKind::model) {
      kind = kClient;
      name = describe_model(span, channel, attributes);
    } else if (span.kind == Span::Kind::exchange) {
      name = describe_tool(span, channel, attributes);
    }
    attributes.text("ringback.channel", channel.name);
    const bool is_failed = span.kind == Span::Kind::exchange && (!span.failure.empty() || span.status >= 400);
    if (is_failed) attributes.text("error.type", span.failure.empty() ? fmt::to_string(span.status) : "failed");
    wire::JsonObject object;
    object.text("traceId", trace_id_).text("spanId", id_of(fmt::to_string(number))).text("parentSpanId", root_id_);
    object.text("name", name).number("kind", kind);
    object.text("startTimeUnixNano", time_text(span.begin)).text("endTimeUnixNano", time_text(span.end));
    object.raw("attributes", attributes.finish());
    if (is_failed) {
      object.raw("status",
                 std::move(wire::JsonObject().number("code", kStatusError).text("message", span.failure)).finish());
    }
    return std::move(object).finish();
  }

  std::string describe_model(const Span& span, const trace::Channel& channel, Attributes& attributes) const {
    const std::string operation = channel.encoding == "gemini" ? "generate_content" : "chat";
    const auto known = models_.find({span.channel, span.exchange});
    const std::string model = known == models_.end() ? "" : known->second;
    attributes.text("gen_ai.operation.name", operation);
    attributes.text("gen_ai.provider.name", provider_of(channel));
    attributes.text("gen_ai.request.model", model);
    if (span.parts != 0) attributes.seconds("gen_ai.response.time_to_first_chunk", span.first - span.begin);
    if (span.status != 0) attributes.number("http.response.status_code", span.status);
    return model.empty() ? operation : operation + " " + model;
  }

  std::string describe_tool(const Span& span, const trace::Channel& channel, Attributes& attributes) const {
    const std::string tool = channel.name.starts_with("tool:") ? channel.name.substr(5) : channel.name;
    attributes.text("gen_ai.operation.name", "execute_tool");
    attributes.text("gen_ai.tool.name", tool);
    attributes.text("gen_ai.tool.type", "function");
    attributes.text("gen_ai.tool.call.id", fmt::format("{}/{}", channel.name, span.exchange));
    return "execute_tool " + tool;
  }

  const trace::Trace& trace_;
  std::int64_t start_ns_;
  std::string seed_;
  std::string trace_id_;
  std::string root_id_;
  RequestBodies models_;
};

}  // namespace

void export_otlp(const trace::Trace& trace, ByteSink& sink) { Writer(trace).write(sink); }

Exporter otlp_exporter() {
  return {.name = "otlp", .description = "OpenTelemetry spans (OTLP JSON) with GenAI attributes", .write = export_otlp};
}

}  // namespace ringback::formats
