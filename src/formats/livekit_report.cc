#include "src/formats/livekit_report.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/formats/document.h"
#include "src/formats/http_cassette.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

// Nothing where the node has no time of its own.
std::optional<std::int64_t> created_ns(const Node& node) {
  const Node* created = node.find("created_at");
  if (created == nullptr) return std::nullopt;
  return created->duration(seconds(1)).ns();
}

// Content is a list of texts and of objects (images, sound), which have no text.
Bytes text_of(const Node& item) {
  const Node* content = item.find("content");
  if (content == nullptr) return {};
  if (content->is_text()) return content->text();
  Bytes joined;
  for (const Node& part : content->list()) {
    if (!part.is_text()) continue;
    if (!joined.empty()) joined += "\n";
    joined += part.text();
  }
  return joined;
}

class Report {
 public:
  Report() : caller_(timed_.declare({.kind = trace::ChannelKind::caller, .name = "caller"})) {}

  void note_start(const Node& event) {
    for (const char* list : {"function_calls", "function_call_outputs"}) {
      if (const Node* nodes = event.find(list)) {
        for (const Node& node : nodes->list()) start_ns_ = std::min(start_ns_, created_ns(node).value_or(start_ns_));
      }
    }
    start_ns_ = std::min(start_ns_, created_ns(event).value_or(start_ns_));
  }

  void add(const Node& event) {
    const std::optional<std::int64_t> ns = created_ns(event);
    if (ns.has_value()) now_ = std::max(now_, at(*ns));
    const Bytes& type = event.text_at("type");
    if (type == "function_tools_executed") return add_tools(event);
    if (type == "conversation_item_added" && event.at("item").text_or("type", "message") == "message") {
      const Bytes text = timed_.redactor().text(text_of(event.at("item")));
      const Bytes role = event.at("item").text_or("role");
      if (!text.empty() && role == "user")
        return timed_.add(now_, caller_, Direction::to_agent, trace::Text{.text = text});
      if (!text.empty() && role == "assistant") {
        return timed_.add(now_, caller_, Direction::from_agent, trace::Text{.text = text});
      }
    }
    timed_.add(now_, caller_, Direction::to_agent, trace::Message{.text = timed_.redactor().text(event.json())});
  }

  trace::Trace finish(std::string_view name) && {
    timed_.facts().wall_start_ns = start_ns_ == INT64_MAX ? 0 : start_ns_;
    return std::move(timed_).finish(name);
  }

 private:
  // Without any time in the report, everything is at 0.
  VirtualTime at(std::int64_t ns) const {
    return start_ns_ == INT64_MAX ? VirtualTime() : VirtualTime() + (nanoseconds(ns) - nanoseconds(start_ns_));
  }

  VirtualTime end_of(const Node& output) const {
    const std::optional<std::int64_t> ns = created_ns(output);
    return ns.has_value() ? at(*ns) : now_;
  }

  void add_tools(const Node& event) {
    const Node* outputs = event.find("function_call_outputs");
    for (const Node& call : event.at("function_calls").list()) {
      const Bytes& function = call.text_at("name");
      const trace::ChannelId tool = timed_.tool(function);
      const std::uint32_t exchange = timed_.next_exchange(tool);
      const std::optional<std::int64_t> begin_ns = created_ns(call);
      const VirtualTime begin = begin_ns.has_value() ? at(*begin_ns) : now_;
      timed_.add(begin, tool, Direction::from_agent,
                 trace::Request{.operation = function, .body = timed_.redactor().text(call.text_or("arguments"))},
                 exchange);
      const Node* output = outputs == nullptr ? nullptr : output_of(*outputs, call.text_or("call_id"));
      if (output == nullptr) continue;
      const Node* failed = output->find("is_error");
      const VirtualTime end = std::max(begin, end_of(*output));
      timed_.add(end, tool, Direction::to_agent,
                 trace::Response{.status = failed != nullptr && failed->is_true() ? 500 : 200,
                                 .body = timed_.redactor().text(output->text_or("output"))},
                 exchange);
    }
  }

  static const Node* output_of(const Node& outputs, BytesView call_id) {
    for (const Node& output : outputs.list()) {
      if (output.is_map() && output.text_or("call_id") == call_id) return &output;
    }
    return nullptr;
  }

  TimedTrace timed_{trace::RecordingFacts{.source = "livekit", .audio = "none"}};
  trace::ChannelId caller_;
  std::int64_t start_ns_ = INT64_MAX;
  VirtualTime now_;
};

bool is_livekit_report(BytesView head, std::string_view) {
  const BytesView start = head.substr(0, 4096);
  return start.starts_with("{") && start.find("\"job_id\"") != BytesView::npos &&
         start.find("\"room_id\"") != BytesView::npos && start.find("\"events\"") != BytesView::npos;
}

}  // namespace

trace::Trace import_livekit_report(std::string_view name, BytesView data) {
  const Document document = parse_json_document(name, data);
  const Node& events = document.root().at("events");
  if (events.list().empty()) fail("{}: expected at least one event, found none", events.place());
  Report report;
  for (const Node& event : events.list()) report.note_start(event);
  for (const Node& event : events.list()) report.add(event);
  return std::move(report).finish(name);
}

Importer livekit_report_importer() {
  return with_cuts(
      single_file_importer("livekit", "a session report of LiveKit Agents", is_livekit_report, import_livekit_report),
      cut_json);
}

}  // namespace ringback::formats
