#include "src/formats/tau_bench.h"

#include <map>

#include "src/base/error.h"
#include "src/formats/document.h"
#include "src/formats/http_cassette.h"
#include "src/formats/json_lines.h"
#include "src/formats/pacing.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

class Runs {
 public:
  Runs()
      : caller_(timed_.declare({.kind = trace::ChannelKind::caller, .name = "caller"})),
        model_(timed_.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = "openai-chat"})) {}

  void add_run(const Node& run) {
    if (!timed_.is_empty()) now_ += kTypingGap;
    timed_.add(now_, caller_, Direction::to_agent, trace::CallStarted{});
    for (const Node& message : run.at("traj").list()) add_message(message);
    timed_.add(now_, caller_, Direction::to_agent, trace::HungUp{.by = "caller"});
    calls_.clear();
  }

  trace::Trace finish(std::string_view name, std::size_t runs) && {
    timed_.metadata()["runs"] = std::to_string(runs);
    return std::move(timed_).finish(name);
  }

 private:
  struct Call {
    trace::ChannelId channel = 0;
    std::uint32_t exchange = 0;
  };

  Bytes clean(const Bytes& text) { return timed_.redactor().text(text); }

  void add_message(const Node& message) {
    const Bytes& role = message.text_at("role");
    const Bytes text = clean(message.text_or("content"));
    if (role == "assistant") {
      now_ += kAnswerGap;
      timed_.add(now_, model_, Direction::to_agent, trace::Message{.text = clean(message.json())});
      if (!text.empty()) timed_.add(now_, caller_, Direction::from_agent, trace::Text{.text = text});
      if (const Node* calls = message.find("tool_calls")) {
        for (const Node& call : calls->list()) begin_call(call);
      }
      return;
    }
    if (role == "user") {
      now_ += kTypingGap;
      timed_.add(now_, caller_, Direction::to_agent, trace::Text{.text = text});
    } else if (role == "tool") {
      end_call(message, text);
    } else if (role != "system") {
      fail("{}: expected role system, user, assistant or tool, found {}", message.place(), role.substr(0, 40));
    }
    timed_.add(now_, model_, Direction::from_agent, trace::Message{.text = clean(message.json())});
  }

  void begin_call(const Node& node) {
    const Node& function = node.at("function");
    Call call{.channel = timed_.tool(function.text_at("name"))};
    call.exchange = timed_.next_exchange(call.channel);
    timed_.add(now_, call.channel, Direction::from_agent,
               trace::Request{.operation = function.text_at("name"), .body = clean(function.text_or("arguments"))},
               call.exchange);
    calls_[node.text_at("id")] = call;
  }

  void end_call(const Node& message, const Bytes& text) {
    const auto call = calls_.find(message.text_at("tool_call_id"));
    if (call == calls_.end()) return;
    now_ += kToolLatency;
    timed_.add(now_, call->second.channel, Direction::to_agent, trace::Response{.status = 200, .body = text},
               call->second.exchange);
    calls_.erase(call);
  }

  TimedTrace timed_{trace::RecordingFacts{.source = "tau-bench", .times = "synthetic", .audio = "none"}};
  trace::ChannelId caller_;
  trace::ChannelId model_;
  VirtualTime now_;
  std::map<Bytes, Call> calls_;  // by call id
};

bool is_tau_bench(BytesView head, std::string_view) {
  const BytesView start = head.substr(0, 4096);
  const bool is_list = first_line(head).starts_with("[");
  return (is_list && start.find("\"task_id\"") != BytesView::npos && start.find("\"reward\"") != BytesView::npos) ||
         first_line(start).starts_with("{\"messages_display\"");
}

}  // namespace

trace::Trace import_tau_bench(std::string_view name, BytesView data) {
  if (first_line(data).starts_with("{")) {
    fail("{}: line 1: expected a list of runs with \"traj\", found texts for a prompt: they have no calls to import",
         name);
  }
  const Document document = parse_json_document(name, data);
  Runs runs;
  for (const Node& run : document.root().list()) runs.add_run(run);
  return std::move(runs).finish(name, document.root().list().size());
}

Importer tau_bench_importer() {
  return with_cuts(single_file_importer("tau-bench", "trajectories of tau-bench: chat messages with tool calls",
                                        is_tau_bench, import_tau_bench),
                   cut_json);
}

}  // namespace ringback::formats
