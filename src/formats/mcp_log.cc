#include "src/formats/mcp_log.h"

#include <algorithm>
#include <map>

#include "src/base/error.h"
#include "src/formats/http_cassette.h"
#include "src/formats/json_lines.h"
#include "src/formats/pacing.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

class Session {
 public:
  explicit Session(std::string_view name)
      : name_(name), mcp_(timed_.declare({.kind = trace::ChannelKind::tool, .name = "mcp", .encoding = "mcp-stdio"})) {}

  void take_line(BytesView line, int number) {
    const auto after = [&](BytesView prefix) { return line.substr(std::min(prefix.size(), line.size())); };
    if (line.starts_with("STDIN:")) {
      send(text_of(after("STDIN:")), number);
    } else if (line.starts_with("STDOUT:")) {
      receive(text_of(after("STDOUT:")), number);
    } else if (line.starts_with("STDERR:")) {
      timed_.add(now_, mcp_, Direction::to_agent,
                 trace::Octets{.data = timed_.redactor().text(text_of(after("STDERR:")))});
    } else {
      fail("{}: line {}: expected STDIN:, STDOUT: or STDERR: before each line, found {}", name_, number,
           line.substr(0, 40));
    }
  }

  trace::Trace finish() && {
    if (has_calls_) timed_.facts().tools = "derived";
    return std::move(timed_).finish(name_);
  }

 private:
  struct Call {
    trace::ChannelId channel = 0;
    std::uint32_t exchange = 0;
  };

  static BytesView text_of(BytesView rest) {
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    return rest;
  }

  // What is no JSON stands on the pipe all the same: a server that prints is a fault worth keeping.
  std::optional<Document> parse(BytesView text, int number) const {
    if (!text.starts_with('{') && !text.starts_with('[')) return std::nullopt;
    return parse_json_document(name_, text, number);
  }

  void send(BytesView raw, int number) {
    const Bytes text = timed_.redactor().text(raw);
    timed_.add(now_, mcp_, Direction::from_agent, trace::Message{.text = text});
    const std::optional<Document> document = parse(text, number);
    if (!document.has_value() || document->root().text_or("method") != "tools/call") return;
    const Node* id = document->root().find("id");
    const Node* params = document->root().find("params");
    if (id == nullptr || params == nullptr) return;
    const Bytes& function = params->text_at("name");
    const Node* arguments = params->find("arguments");
    Call call{.channel = timed_.tool(function)};
    call.exchange = timed_.next_exchange(call.channel);
    has_calls_ = true;
    timed_.add(now_, call.channel, Direction::from_agent,
               trace::Request{.operation = function, .body = arguments == nullptr ? "{}" : arguments->json()},
               call.exchange);
    calls_[id->json()] = call;
  }

  void receive(BytesView raw, int number) {
    const Bytes text = timed_.redactor().text(raw);
    const std::optional<Document> document = parse(text, number);
    const Node* result = document.has_value() ? document->root().find("result") : nullptr;
    const Node* error = document.has_value() ? document->root().find("error") : nullptr;
    const Node* id = result == nullptr && error == nullptr ? nullptr : document->root().find("id");
    const auto call = id == nullptr ? calls_.end() : calls_.find(id->json());
    now_ += call == calls_.end() ? kFrameGap : kToolLatency;
    timed_.add(now_, mcp_, Direction::to_agent, trace::Message{.text = text});
    if (call == calls_.end()) return;
    timed_.add(
        now_, call->second.channel, Direction::to_agent,
        trace::Response{.status = result == nullptr ? 500 : 200, .body = (result == nullptr ? error : result)->json()},
        call->second.exchange);
    calls_.erase(call);
  }

  std::string name_;
  TimedTrace timed_{trace::RecordingFacts{.source = "mcp", .times = "synthetic", .audio = "none"}};
  trace::ChannelId mcp_;
  VirtualTime now_;
  std::map<Bytes, Call> calls_;  // by JSON-RPC id
  bool has_calls_ = false;
};

bool is_mcp_log(BytesView head, std::string_view) {
  const BytesView line = first_line(head);
  const bool has_pipe = line.starts_with("STDIN: ") || line.starts_with("STDOUT: ") || line.starts_with("STDERR: ");
  return has_pipe && head.find("jsonrpc") != BytesView::npos;
}

// A line that ends with a bracket is whole JSON, or it would not have been read.
std::string mcp_without_end(BytesView data) {
  constexpr std::string_view kEnds = "\n}]";
  if (data.empty() || kEnds.find(data.back()) != std::string_view::npos) return {};
  return "the last line has no end";
}

}  // namespace

trace::Trace import_mcp_log(std::string_view name, BytesView data) {
  Session session(name);
  for (int number = 1; !data.empty(); ++number) {
    if (static_cast<std::size_t>(number) > kJsonLinesMax)
      fail("{}: line {}: expected at most {} lines", name, number, kJsonLinesMax);
    const std::size_t end = std::min(data.find('\n'), data.size());
    const BytesView line = data.substr(0, end);
    data.remove_prefix(std::min(end + 1, data.size()));
    if (line.find_first_not_of(" \t\r") != BytesView::npos) session.take_line(line, number);
  }
  return std::move(session).finish();
}

Importer mcp_log_importer() {
  return with_cuts(single_file_importer("mcp", "a log of MCP over stdio: STDIN:, STDOUT: and STDERR: lines", is_mcp_log,
                                        import_mcp_log),
                   cut_lines, mcp_without_end);
}

}  // namespace ringback::formats
