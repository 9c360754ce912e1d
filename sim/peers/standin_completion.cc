#include "sim/peers/standin_completion.h"

#include "sim/peers/standin_response.h"

namespace ringback::sim {

std::vector<CompletionEvent> make_standin_completion(const StandinCompletion& request) {
  const std::string id = fmt::format("standin_{}", request.number);
  wire::ChatItem answer{.role = wire::ChatItem::Role::assistant, .text = Bytes(request.what.say)};
  if (request.what.act == Improvised::Act::call) {
    answer.calls.push_back({.id = "call_" + id, .name = request.what.function, .arguments = request.what.arguments});
  }
  const wire::CompletionIds ids{.id = id, .model = "standin"};
  Duration after = kStandinLatency + request.extra_latency;
  std::vector<CompletionEvent> events;
  trace::Response head{.status = 200, .headers = "content-type: application/json\n"};
  if (!request.streams) {
    head.body = wire::build_completion(request.protocol, ids, answer);
  } else {
    head.headers = "content-type: text/event-stream\n";
  }
  events.push_back({.after = after, .kind = trace::EventKind::response, .body = trace::encode_body(head)});
  if (!request.streams) return events;
  for (wire::CompletionPart& part : wire::build_completion_stream(request.protocol, ids, answer)) {
    if (part.is_token) after += kStandinPace;
    events.push_back({.after = after,
                      .kind = trace::EventKind::response_part,
                      .body = trace::encode_body(trace::ResponsePart{.body = std::move(part.octets)}),
                      .is_token = part.is_token});
  }
  return events;
}

}  // namespace ringback::sim
