#include "sim/peers/tools.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/peers/rules.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {

using trace::EventKind;
using trace::Origin;

namespace {

constexpr std::string_view kToolPrefix = "tool:";

std::string_view last_segment(std::string_view name) {
  const std::size_t separator = name.find_last_of(".:");
  return separator == std::string_view::npos ? name : name.substr(separator + 1);
}

bool is_error(const trace::Event& event) {
  if (event.kind != EventKind::response) return true;
  const auto response = trace::body_of<trace::Response>(event);
  return response.status >= 400 || wire::is_broken_answer(response.body);
}

}  // namespace

struct ToolPeers::Tool {
  std::string name;  // without "tool:"
  Link link;
  std::span<const RecordedExchange> recorded;
  std::vector<bool> is_used;  // an answer of it reached the agent unaltered, or is on its way
  std::uint32_t calls = 0;

  Tool(const Link::Wiring& wiring, const trace::Channel& channel, std::span<const RecordedExchange> exchanges)
      : name(channel.name.substr(channel.name.rfind(kToolPrefix, 0) == 0 ? kToolPrefix.size() : 0)),
        link(wiring, channel, Link::Order::independent),
        recorded(exchanges),
        is_used(exchanges.size()) {}
};

struct ToolPeers::Answer {
  trace::Event event;
  Duration latency;
  std::size_t recorded_index = 0;
  bool uses_up_recorded = false;
};

ToolPeers::ToolPeers(Parts parts, const RecordedTools& recorded)
    : parts_(std::move(parts)), lane_(parts_.kernel.lane("tools")) {
  for (const RecordedTool& tool : recorded) add_tool(tool.channel, tool.exchanges);
}

ToolPeers::~ToolPeers() = default;

ToolPeers::Tool& ToolPeers::add_tool(const trace::Channel& channel, std::span<const RecordedExchange> recorded) {
  tools_.push_back(std::make_unique<Tool>(parts_.wiring, channel, recorded));
  Tool* const added = tools_.back().get();
  // A fault kept the request from arriving, and this is what the agent sees.
  added->link.set_on_bounced([this, added](const trace::Event& event) {
    if (!is_over_) arrive(*added, event.exchange, event);
  });
  if (takes_octets_) look_for_beginnings(*added);
  return *added;
}

void ToolPeers::set_takes_octets() {
  takes_octets_ = true;
  for (const auto& tool : tools_) look_for_beginnings(*tool);
}

void ToolPeers::look_for_beginnings(Tool& tool) {
  tool.link.set_on_begun([this, &tool](const trace::Event& event, Duration spread) {
    if (event.kind == EventKind::response) begin(tool, event, spread);
  });
}

ToolPeers::Tool& ToolPeers::tool_for(const std::string& function) {
  Tool* by_segment = nullptr;
  std::size_t matches = 0;
  for (const auto& tool : tools_) {
    if (tool->name == function) return *tool;
    if (last_segment(tool->name) == function) {
      by_segment = tool.get();
      ++matches;
    }
  }
  if (matches == 1) return *by_segment;
  return add_tool(parts_.declare(std::string(kToolPrefix) + function), {});
}

namespace {

// Journals that the agent stopped waiting where a call's task is destroyed before its end.
class CallGuard {
 public:
  using Waiting = std::map<std::string, Mailbox<ToolReply>*>;
  CallGuard(Waiting& waiting, std::string key, Link& link, std::uint32_t exchange, const bool& is_over)
      : waiting_(waiting), key_(std::move(key)), link_(link), exchange_(exchange), is_over_(is_over) {}
  CallGuard(const CallGuard&) = delete;
  CallGuard& operator=(const CallGuard&) = delete;
  ~CallGuard() {
    waiting_.erase(key_);
    if (is_answered_ || is_over_) return;
    link_.note(
        trace::make_event({.direction = trace::Direction::from_agent, .origin = Origin::agent, .exchange = exchange_},
                          trace::Abandoned{.reason = "timeout"}));
  }
  void answered() { is_answered_ = true; }

 private:
  Waiting& waiting_;
  std::string key_;
  Link& link_;
  std::uint32_t exchange_;
  const bool& is_over_;
  bool is_answered_ = false;
};

}  // namespace

Task<ToolReply> ToolPeers::call(std::string function, Bytes arguments) {
  Tool& tool = tool_for(function);
  const std::uint32_t exchange = ++tool.calls;
  Mailbox<ToolReply> answers(parts_.kernel, parts_.agent_lane);
  const std::string key = fmt::format("{}#{}", tool.name, exchange);
  waiting_[key] = &answers;
  CallGuard guard(waiting_, key, tool.link, exchange, is_over_);
  trace::Event request = trace::make_event({.origin = Origin::agent, .exchange = exchange},
                                           trace::Request{.operation = function, .body = std::move(arguments)});
  Tool* const receiver = &tool;
  tool.link.from_agent(std::move(request), {}, [this, receiver, exchange](const trace::Event& delivered, Delivery) {
    receive(*receiver, exchange, delivered);
  });
  std::optional<ToolReply> reply = co_await answers.receive();
  RINGBACK_CHECK(reply.has_value(), "nobody closes the mailbox of a call");
  guard.answered();
  co_return std::move(*reply);
}

void ToolPeers::receive(Tool& tool, std::uint32_t exchange, const trace::Event& request) {
  const Bytes arguments = wire::canonical_json(trace::body_of<trace::Request>(request).body);
  const std::optional<Answer> answer = choose(tool, exchange, arguments);
  if (!answer.has_value()) return;
  Tool* const sender = &tool;
  parts_.kernel.schedule(parts_.kernel.now() + answer->latency, EventClass::delivery, lane_,
                         [this, sender, exchange, answer = *answer] { send(*sender, exchange, answer); });
}

// The ladder. Nothing where the run ends here.
std::optional<ToolPeers::Answer> ToolPeers::choose(Tool& tool, std::uint32_t exchange, const Bytes& arguments) {
  std::optional<std::size_t> last_equal;
  for (std::size_t i = 0; i < tool.recorded.size(); ++i) {
    const RecordedExchange& recorded = tool.recorded[i];
    if (!recorded.answer.has_value() || recorded.arguments != arguments) continue;
    last_equal = i;
    if (tool.is_used[i]) continue;
    tool.is_used[i] = true;
    parts_.watch.count_answer(Origin::recorded);
    trace::Event event = *recorded.answer;
    event.origin = Origin::recorded;
    return Answer{
        .event = std::move(event), .latency = recorded.latency, .recorded_index = i, .uses_up_recorded = true};
  }

  const bool knows_tool = !tool.recorded.empty();
  if (parts_.strict) {
    std::string nearest;
    for (std::size_t i = 0; i < tool.recorded.size(); ++i) {
      if (!tool.is_used[i] || nearest.empty()) nearest = tool.recorded[i].arguments;
    }
    const bool go_on = parts_.watch.diverged(
        {.at = parts_.kernel.now(),
         .channel = tool.link.channel().name,
         .what = last_equal.has_value() ? "surplus request" : "unmatched request",
         .expected = last_equal.has_value() ? fmt::format("{} calls with these arguments",
                                                          std::count_if(tool.recorded.begin(), tool.recorded.end(),
                                                                        [&](const RecordedExchange& each) {
                                                                          return each.arguments == arguments;
                                                                        }))
                                            : "arguments as recorded",
         .actual = fmt::format("call {} with {}", exchange, arguments),
         .nearest = nearest});
    if (!go_on) return std::nullopt;
  }
  const Duration latency = knows_tool ? tool.recorded.front().latency : kStubToolLatency;
  const auto answer_with = [&](trace::Event event, Duration after) {
    parts_.watch.count_answer(event.origin);
    return Answer{.event = std::move(event), .latency = after};
  };
  if (last_equal.has_value()) {
    trace::Event event = *tool.recorded[*last_equal].answer;
    event.origin = Origin::recorded_repeat;
    return answer_with(std::move(event), tool.recorded[*last_equal].latency);
  }
  if (const std::optional<std::size_t> found = find_rule(
          parts_.schedule,
          {.channel = tool.link.channel().name, .call = exchange, .arguments = arguments, .failing_tools = failing_})) {
    parts_.watch.rule_applied(*found);
    const AnswerRule* const rule = &parts_.schedule.answers[*found];
    return answer_with(trace::make_event({.origin = Origin::rule}, trace::Response{.status = rule->status.value_or(200),
                                                                                   .body = rule->body.value_or("")}),
                       latency + rule->delay);
  }
  parts_.watch.notice(
      fmt::format("{}: a call with arguments that the recording does not have was answered with a stand-in",
                  tool.link.channel().name));
  return answer_with(
      trace::make_event({.origin = Origin::stub}, trace::Response{.status = 404, .body = R"({"error":"not found"})"}),
      latency);
}

void ToolPeers::send(Tool& tool, std::uint32_t exchange, const Answer& answer) {
  if (is_over_) return;
  trace::Event event = answer.event;
  event.exchange = exchange;
  Tool* const sender = &tool;
  const Bytes whole =
      takes_octets_ && event.kind == EventKind::response ? trace::body_of<trace::Response>(event).body : Bytes();
  const bool intact = tool.link.to_agent(std::move(event), {},
                                         [this, sender, exchange, whole](const trace::Event& delivered, Delivery) {
                                           arrive(*sender, exchange, delivered, whole);
                                         });
  if (!intact && answer.uses_up_recorded) tool.is_used[answer.recorded_index] = false;
}

// The answer comes over a slow line, and an agent that takes octets sees the first of them now.
void ToolPeers::begin(Tool& tool, const trace::Event& event, Duration spread) {
  const auto waiting = waiting_.find(fmt::format("{}#{}", tool.name, event.exchange));
  if (is_over_ || waiting == waiting_.end()) return;
  const auto response = trace::body_of<trace::Response>(event);
  waiting->second->push({.answered = true,
                         .status = response.status,
                         .body = response.body,
                         .failure = {},
                         .arrived = response.body.size(),
                         .spread = spread});
}

namespace {

// Of "closed after 120 bytes"; nothing where another cause is named.
std::size_t octets_before_cut(std::string_view reason) {
  constexpr std::string_view kCut = "closed after ";
  std::size_t octets = 0;
  if (!reason.starts_with(kCut)) return 0;
  std::from_chars(reason.data() + kCut.size(), reason.data() + reason.size(), octets);
  return octets;
}

}  // namespace

void ToolPeers::arrive(Tool& tool, std::uint32_t exchange, const trace::Event& event, BytesView whole) {
  if (is_error(event)) {
    failing_.insert(tool.name);
  } else {
    failing_.erase(tool.name);
  }
  const auto waiting = waiting_.find(fmt::format("{}#{}", tool.name, exchange));
  if (waiting == waiting_.end()) return;  // a duplicate, or the agent gave up
  if (event.kind == EventKind::response) {
    const auto response = trace::body_of<trace::Response>(event);
    waiting->second->push({.answered = true,
                           .status = response.status,
                           .body = response.body,
                           .failure = {},
                           .arrived = response.body.size(),
                           .spread = {}});
  } else {
    const std::string reason =
        event.kind == EventKind::failed ? trace::body_of<trace::Failed>(event).reason : std::string("closed");
    waiting->second->push({.body = takes_octets_ ? Bytes(whole) : Bytes(),
                           .failure = reason,
                           .arrived = octets_before_cut(reason),
                           .spread = {}});
  }
}

// --- connections that do not come about ---

std::uint32_t ToolPeers::calls_made() const {
  std::uint32_t calls = 0;
  for (const auto& tool : tools_) calls += tool->calls;
  return calls;
}

ToolPeers::Tool* ToolPeers::tool_on(std::string_view channel) const {
  const auto tool = std::find_if(tools_.begin(), tools_.end(),
                                 [&](const auto& each) { return each->link.channel().name == channel; });
  return tool == tools_.end() ? nullptr : tool->get();
}

bool ToolPeers::would_fail_to_connect(std::string_view channel, ActionName action, std::uint32_t ahead) const {
  const Tool* tool = tool_on(channel);
  if (tool == nullptr) return false;
  const trace::EventHead head{.origin = Origin::agent, .exchange = tool->calls + ahead + 1};
  return tool->link.would_bounce(trace::make_event(head, trace::Request{.operation = tool->name}), action);
}

bool ToolPeers::fail_to_connect(std::string_view channel) {
  Tool* tool = tool_on(channel);
  if (tool == nullptr) return false;
  const trace::EventHead head{.origin = Origin::agent, .exchange = ++tool->calls};
  tool->link.from_agent(trace::make_event(head, trace::Request{.operation = tool->name}), {}, {});
  return true;
}

std::vector<std::string> ToolPeers::unused() const {
  std::vector<std::string> unused;
  for (const auto& tool : tools_) {
    for (std::size_t i = 0; i < tool->recorded.size(); ++i) {
      const RecordedExchange& recorded = tool->recorded[i];
      if (!tool->is_used[i] && recorded.answer.has_value()) {
        unused.push_back(fmt::format("{} {}", tool->link.channel().name, recorded.arguments));
      }
    }
  }
  return unused;
}

}  // namespace ringback::sim
