#include "src/process/process_agent.h"

#include <algorithm>
#include <charconv>

#include "src/base/error.h"
#include "src/process/child.h"
#include "src/process/child_environment.h"
#include "src/process/child_state.h"

namespace ringback::process {

Dial parse_dial(std::string_view url) {
  constexpr std::string_view kScheme = "ws://";
  if (url.empty()) return {};
  if (url.rfind(kScheme, 0) != 0) fail("--dial: expected ws://HOST[:PORT]/PATH, found '{}'", url);
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Dial dial{.host = std::string(rest.substr(0, slash)), .target = "/"};
  if (slash < rest.size()) dial.target = std::string(rest.substr(slash));
  const std::size_t colon = dial.host.rfind(':');
  if (colon != std::string::npos) {
    const std::string port = dial.host.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), dial.port);
    if (error != std::errc() || end != port.data() + port.size() || dial.port == 0)
      fail("--dial: expected a port from 1 to 65535, found '{}'", port);
  }
  if (dial.host.empty() || dial.host.front() == ':') fail("--dial: expected a host in '{}', found none", url);
  return dial;
}

WorkCost parse_work_cost(std::string_view text) {
  WorkCost cost;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view name = part.substr(0, equals);
    if (name != "call" && name != "kilobyte") fail("--cpu: expected call=TIME,kilobyte=TIME, found '{}'", text);
    const Duration time = parse_duration(part.substr(std::min(equals + 1, part.size())), "--cpu");
    if (time < Duration() || time > seconds(1)) fail("--cpu: expected times of at most 1 s, found '{}'", text);
    (name == "call" ? cost.call : cost.kilobyte) = time;
  }
  if (cost.is_free()) fail("--cpu: expected a cost, such as call=2us,kilobyte=10us, found '{}'", text);
  return cost;
}

std::string to_text(const WorkCost& cost) {
  if (cost.is_free()) return "none";
  return fmt::format("call={},kilobyte={}", ringback::to_text(cost.call), ringback::to_text(cost.kilobyte));
}

struct ProcessAgent::State : ChildState {
  Child* living = nullptr;  // while `run` lives
};

namespace {

// Faults strike the child for as long as the task that owns it lives.
class Living {
 public:
  Living(Child*& place, Child& child) : place_(place) { place_ = &child; }
  Living(const Living&) = delete;
  Living& operator=(const Living&) = delete;
  ~Living() { place_ = nullptr; }

 private:
  Child*& place_;
};

}  // namespace

ProcessAgent::ProcessAgent(ProcessOptions options, const trace::Trace& recording, const sim::Schedule& schedule) {
  if (options.command.empty()) fail("expected a command for the agent, found none");
  const std::string program = path_of_program(options.command.front(), options.environment);
  try {
    shim::check_takes_library(program);
  } catch (const shim::Error& error) {
    fail("{}", error.what());
  }
  const Dial dial = parse_dial(options.dial);
  for (const sim::Fault& fault : schedule.faults) {
    if (fault.action.name != sim::ActionName::cpu || !options.cost.is_free()) continue;
    fail(
        "{}: 'cpu' multiplies what work costs, and it costs nothing: say what it costs by --cpu "
        "call=TIME,kilobyte=TIME",
        sim::place_of(fault.mark));
  }
  state_ = std::make_unique<State>(State{{.options = std::move(options),
                                          .dial = dial,
                                          .endpoints = Endpoints(recording.channels.channels(), schedule),
                                          .facts = {},
                                          .said = {}}});
  if (const std::int64_t start = recording.facts().wall_start_ns; start > 0) state_->epoch_ns = start;
  state_->facts.is_child_process = true;
}

ProcessAgent::~ProcessAgent() = default;

sim::AgentFacts ProcessAgent::facts() const { return state_->facts; }

void ProcessAgent::strike(const sim::ProcessBlow& blow) {
  if (state_->living != nullptr) state_->living->strike(blow);
}

sim::Task<void> ProcessAgent::run(sim::AgentWorld& world) {
  std::unique_ptr<Child> child;
  try {
    child = std::make_unique<Child>(*state_, world);
  } catch (const shim::Error& error) {
    // A command that cannot be started is the user's input, and no outcome of the run.
    throw Error(error.what());
  }
  const Living living(state_->living, *child);
  child->start();
  sim::Mailbox<bool>& ended = child->ended();
  co_await ended.receive();
  if (!child->failure().empty()) throw Error(child->failure());
}

}  // namespace ringback::process
