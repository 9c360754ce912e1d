#include "src/formats/inspect_log.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/formats/document.h"
#include "src/formats/http_cassette.h"
#include "src/formats/pacing.h"
#include "src/formats/timed_trace.h"
#include "src/formats/wall_time.h"
#include "src/formats/zip.h"

namespace ringback::formats {
namespace {

using trace::Direction;

// Nothing where the event lacks `key`.
std::optional<std::int64_t> wall_ns(const Node& event, std::string_view key) {
  const Node* node = event.find(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<std::int64_t> ns = parse_iso_time(node->text());
  if (!ns.has_value()) fail("{}: expected a time, found {}", node->place(), node->text().substr(0, 40));
  return ns;
}

const std::vector<Node>* events_of(const Node& sample) {
  const Node* events = sample.find("events");
  if (events == nullptr) {
    const Node* transcript = sample.find("transcript");
    events = transcript == nullptr ? nullptr : transcript->find("events");
  }
  return events == nullptr ? nullptr : &events->list();
}

bool is_exchange(const Node& event) {
  const Bytes kind = event.text_or("event");
  return kind == "model" || kind == "tool";
}

class Log {
 public:
  void note_start(const Node& sample) {
    const std::vector<Node>* events = events_of(sample);
    if (events == nullptr) return;
    for (const Node& event : *events) {
      if (!is_exchange(event)) continue;
      start_ns_ = std::min(start_ns_, wall_ns(event, "timestamp").value_or(INT64_MAX));
    }
  }

  void add_sample(const Node& sample) {
    const std::vector<Node>* events = events_of(sample);
    if (events == nullptr) return;
    for (const Node& event : *events) {
      if (is_exchange(event)) add_exchange(event);
    }
  }

  trace::Trace finish(std::string_view name) && {
    if (timed_.is_empty()) fail("{}: line 1: expected model or tool events in a sample, found none", name);
    timed_.facts().wall_start_ns = start_ns_;
    return std::move(timed_).finish(name);
  }

 private:
  Bytes clean(const Bytes& text) { return timed_.redactor().text(text); }

  void add_exchange(const Node& event) {
    const std::optional<std::int64_t> begin_ns = wall_ns(event, "timestamp");
    if (!begin_ns.has_value()) fail("{}: expected \"timestamp\" in the event, found none", event.place());
    const VirtualTime begin = VirtualTime() + (nanoseconds(*begin_ns) - nanoseconds(start_ns_));
    const bool is_model = event.text_at("event") == "model";
    const VirtualTime end = std::max(begin, end_of(event, begin, is_model ? kAnswerGap : kToolLatency));
    if (is_model) {
      add_model(event, begin, end);
    } else {
      add_tool(event, begin, end);
    }
  }

  VirtualTime end_of(const Node& event, VirtualTime begin, Duration otherwise) {
    if (const std::optional<std::int64_t> ns = wall_ns(event, "completed")) {
      return VirtualTime() + (nanoseconds(*ns) - nanoseconds(start_ns_));
    }
    if (const Node* worked = event.find("working_time")) return begin + worked->duration(seconds(1));
    timed_.facts().times = "requests";
    return begin + otherwise;
  }

  void add_model(const Node& event, VirtualTime begin, VirtualTime end) {
    const trace::ChannelId channel = timed_.declare({.kind = trace::ChannelKind::model, .name = "model"});
    const std::uint32_t exchange = timed_.next_exchange(channel);
    const Node* call = event.find("call");
    const Node& request = call == nullptr ? event.at("input") : call->at("request");
    timed_.add(begin, channel, Direction::from_agent,
               trace::Request{.operation = event.text_or("model"), .body = clean(request.json())}, exchange);
    if (const Node* error = event.find("error")) {
      const Bytes reason = error->is_text() ? error->text() : error->json();
      timed_.add(end, channel, Direction::to_agent, trace::Failed{.reason = clean(reason)}, exchange);
      return;
    }
    const Node* answer = call == nullptr ? nullptr : call->find("response");
    if (answer == nullptr) answer = &event.at("output");
    timed_.add(end, channel, Direction::to_agent, trace::Response{.status = 200, .body = clean(answer->json())},
               exchange);
  }

  void add_tool(const Node& event, VirtualTime begin, VirtualTime end) {
    const Bytes& function = event.text_at("function");
    const trace::ChannelId channel = timed_.tool(function);
    const std::uint32_t exchange = timed_.next_exchange(channel);
    const Node* arguments = event.find("arguments");
    timed_.add(begin, channel, Direction::from_agent,
               trace::Request{.operation = function, .body = clean(arguments == nullptr ? "{}" : arguments->json())},
               exchange);
    const Node* error = event.find("error");
    const Node* result = error == nullptr ? event.find("result") : error;
    const Bytes body = result == nullptr ? Bytes() : result->is_text() ? result->text() : result->json();
    timed_.add(end, channel, Direction::to_agent,
               trace::Response{.status = error == nullptr ? 200 : 500, .body = clean(body)}, exchange);
  }

  TimedTrace timed_{trace::RecordingFacts{.source = "inspect", .audio = "none"}};
  std::int64_t start_ns_ = INT64_MAX;
};

constexpr BytesView kZipMark = "PK\x03\x04";

bool is_inspect_log(BytesView head, std::string_view filename) {
  if (head.starts_with(kZipMark)) return filename.ends_with(".eval");
  const BytesView start = head.substr(0, 2048);
  return start.starts_with("{") && start.find("\"eval\"") != BytesView::npos &&
         start.find("\"status\"") != BytesView::npos && start.find("\"version\"") != BytesView::npos;
}

}  // namespace

trace::Trace import_inspect_log(std::string_view name, BytesView data) {
  std::vector<Document> documents;
  std::vector<const Node*> samples;
  if (data.starts_with(kZipMark)) {
    for (const ZipEntry& entry : read_zip(name, data, "samples/")) {
      documents.push_back(parse_json_document(fmt::format("{}: {}", name, entry.name), entry.data));
    }
    for (const Document& document : documents) samples.push_back(&document.root());
  } else {
    documents.push_back(parse_json_document(name, data));
    for (const Node& sample : documents.back().root().at("samples").list()) samples.push_back(&sample);
  }
  Log log;
  for (const Node* sample : samples) log.note_start(*sample);
  for (const Node* sample : samples) log.add_sample(*sample);
  return std::move(log).finish(name);
}

Importer inspect_log_importer() {
  return with_cuts(single_file_importer("inspect", "a log of an Inspect evaluation, JSON or .eval", is_inspect_log,
                                        import_inspect_log),
                   cut_json);
}

}  // namespace ringback::formats
