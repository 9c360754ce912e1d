#include "src/formats/tau2_ticks.h"

#include <algorithm>
#include <map>

#include "src/base/error.h"
#include "src/formats/document.h"
#include "src/formats/http_cassette.h"
#include "src/formats/timed_trace.h"
#include "src/formats/wall_time.h"

namespace ringback::formats {
namespace {

using trace::Direction;

class Simulation {
 public:
  Simulation() : caller_(timed_.declare({.kind = trace::ChannelKind::caller, .name = "caller"})) {}

  void add_tick(const Node& tick) {
    const Node& stamp = tick.at("timestamp");
    const std::optional<std::int64_t> ns = parse_iso_time(stamp.text());
    if (!ns.has_value()) fail("{}: expected a time, found {}", stamp.place(), stamp.text().substr(0, 40));
    if (!start_ns_.has_value()) {
      start_ns_ = *ns;
      timed_.add(now_, caller_, Direction::to_agent, trace::CallStarted{});
    }
    // A clock that was set back does not turn the call around.
    now_ = std::max(now_, VirtualTime::from_ns(*ns - *start_ns_));
    if (const Node* chunk = tick.find("user_chunk")) add_chunk(*chunk, Direction::to_agent, last_user_);
    if (const Node* chunk = tick.find("agent_chunk")) add_chunk(*chunk, Direction::from_agent, last_agent_);
    add_calls(tick, "agent_tool_calls", "agent_tool_results");
  }

  trace::Trace finish(std::string_view name) && { return std::move(timed_).finish(name); }

 private:
  void add_chunk(const Node& chunk, Direction direction, Bytes& last) {
    const Bytes json = timed_.redactor().text(chunk.json());
    if (json == last) return;
    last = json;
    timed_.add(now_, caller_, direction, trace::Message{.text = json});
    const Bytes text = timed_.redactor().text(chunk.text_or("content"));
    if (!text.empty()) timed_.add(now_, caller_, direction, trace::Text{.text = text});
  }

  void add_calls(const Node& tick, std::string_view calls, std::string_view results) {
    if (const Node* list = tick.find(calls)) {
      for (const Node& call : list->list()) begin_call(call);
    }
    if (const Node* list = tick.find(results)) {
      for (const Node& result : list->list()) end_call(result);
    }
  }

  void begin_call(const Node& node) {
    Call call{.channel = timed_.tool(node.text_at("name"))};
    call.exchange = timed_.next_exchange(call.channel);
    const Node* arguments = node.find("arguments");
    timed_.add(now_, call.channel, Direction::from_agent,
               trace::Request{.operation = node.text_at("name"),
                              .body = timed_.redactor().text(arguments == nullptr ? Bytes("{}") : arguments->json())},
               call.exchange);
    calls_[node.text_or("id")] = call;
  }

  void end_call(const Node& node) {
    const auto call = calls_.find(node.text_or("id"));
    if (call == calls_.end()) return;
    const Node* error = node.find("error");
    timed_.add(now_, call->second.channel, Direction::to_agent,
               trace::Response{.status = error != nullptr && error->is_true() ? 500 : 200,
                               .body = timed_.redactor().text(node.text_or("content"))},
               call->second.exchange);
    calls_.erase(call);
  }

  struct Call {
    trace::ChannelId channel = 0;
    std::uint32_t exchange = 0;
  };

  TimedTrace timed_{trace::RecordingFacts{.source = "tau2-ticks", .audio = "none"}};
  trace::ChannelId caller_;
  VirtualTime now_;
  std::optional<std::int64_t> start_ns_;
  Bytes last_user_;
  Bytes last_agent_;
  std::map<Bytes, Call> calls_;  // by call id
};

bool is_tau2_ticks(BytesView head, std::string_view) {
  return head.find("\"ticks\"") != BytesView::npos && head.find("\"tick_id\"") != BytesView::npos;
}

}  // namespace

trace::Trace import_tau2_ticks(std::string_view name, BytesView data) {
  const Document document = parse_json_document(name, data);
  Simulation simulation;
  for (const Node& tick : document.root().at("ticks").list()) simulation.add_tick(tick);
  return std::move(simulation).finish(name);
}

Importer tau2_ticks_importer() {
  return with_cuts(single_file_importer("tau2-ticks", "a voice simulation of tau2-bench, tick by tick", is_tau2_ticks,
                                        import_tau2_ticks),
                   cut_json);
}

}  // namespace ringback::formats
