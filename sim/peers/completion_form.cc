#include "sim/peers/completion_form.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "src/trace/bodies.h"

namespace ringback::sim {
namespace {

using trace::EventKind;

struct Whole {
  wire::ChatItem answer;
  std::string id;
};

// Nothing where the script holds no answer to its end.
std::optional<Whole> whole_of(wire::CompletionProtocol protocol, const std::vector<CompletionEvent>& script) {
  Whole whole;
  wire::CompletionDecoder decoder(protocol);
  bool is_done = false;
  const auto take = [&](const std::vector<wire::CompletionDelta>& deltas) {
    for (const wire::CompletionDelta& delta : deltas) {
      wire::append(delta, whole.answer);
      is_done = is_done || delta.kind == wire::CompletionDelta::Kind::done;
    }
  };
  for (const CompletionEvent& event : script) {
    if (event.kind == EventKind::failed) return std::nullopt;
    if (event.kind == EventKind::response_part) {
      take(decoder.part(trace::body_field(event.body, 1)));
      continue;
    }
    const auto head = trace::decode_body<trace::Response>(event.body);
    take(decoder.head(head.status, head.body));
  }
  take(decoder.finish());
  if (!is_done) return std::nullopt;
  whole.id = decoder.id();
  return whole;
}

}  // namespace

std::vector<CompletionEvent> in_form(wire::CompletionProtocol protocol, bool as_stream,
                                     std::vector<CompletionEvent> script) {
  const bool is_stream = std::any_of(script.begin(), script.end(), [](const CompletionEvent& event) {
    return event.kind == EventKind::response_part;
  });
  if (script.empty() || is_stream == as_stream) return script;
  const std::optional<Whole> whole = whole_of(protocol, script);
  if (!whole.has_value()) return script;
  const wire::CompletionIds ids{.id = whole->id, .model = "recorded"};
  const Duration after = script.back().after;
  trace::Response head{.status = 200};
  if (!as_stream) {
    head.body = wire::build_completion(protocol, ids, whole->answer);
    head.headers = "content-type: application/json\n";
    return {{.after = after, .kind = EventKind::response, .body = trace::encode_body(head)}};
  }
  head.headers = "content-type: text/event-stream\n";
  std::vector<CompletionEvent> events;
  events.push_back({.after = after, .kind = EventKind::response, .body = trace::encode_body(head)});
  for (wire::CompletionPart& part : wire::build_completion_stream(protocol, ids, whole->answer)) {
    events.push_back({.after = after,
                      .kind = EventKind::response_part,
                      .body = trace::encode_body(trace::ResponsePart{.body = std::move(part.octets)}),
                      .is_token = part.is_token});
  }
  return events;
}

}  // namespace ringback::sim
