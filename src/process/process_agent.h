// An unmodified program as the agent: a child process in virtual time, plugged into the agent port.
//
// The kernel's clock drives the child (the shim, subprojects/shim): it runs until it waits, and time goes on when it
// does. Its connections become uses of the ports: the model's and the tools' by their URLs (endpoints.h), the caller
// by dialling the child's own server (phone_line.h). What no channel answers is refused and reported. Nothing leaves
// the machine. The agent's own failure (it exits in the middle of a call) ends the run as a failure of the agent.
//
//   ProcessAgent agent({.command = {"node", "agent.mjs"}}, recording, schedule);
//   RunResult result = run_scenario(scenario, agent);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/agents/port.h"
#include "sim/faults/schedule.h"
#include "src/trace/trace.h"

namespace ringback::shim {
struct Counters;
}

namespace ringback::process {

// What the child's work costs in virtual time; without it, it costs none. Nothing of the machine is measured.
struct WorkCost {
  Duration call;      // a system call
  Duration kilobyte;  // 1,000 octets that a read or write carried

  bool is_free() const { return call == Duration() && kilobyte == Duration(); }
};
// Of "call=2us,kilobyte=10us"; either may be left out, and each is at most 1 s. Throws Error for other text.
WorkCost parse_work_cost(std::string_view text);
// The inverse; "none" where work is free.
std::string to_text(const WorkCost& cost);

struct ProcessOptions {
  std::vector<std::string> command;  // not empty
  // Beside what every child gets (docs/agents.md).
  std::vector<std::pair<std::string, std::string>> environment;
  std::string working_directory;  // empty: ours
  // Where the caller reaches the agent: ws://HOST[:PORT]/PATH. Without a port the first one that the child listens on;
  // empty: ws://localhost/media-stream, or ws://localhost/chat where the caller types.
  std::string dial;
  WorkCost cost;
  shim::Counters* counters = nullptr;  // what the shim counted and measured, written when the process ends
};

class ProcessAgent final : public sim::Agent {
 public:
  // `recording` and `schedule` outlive the agent. Throws Error where an option, a URL of the trace or a bind is wrong.
  ProcessAgent(ProcessOptions options, const trace::Trace& recording, const sim::Schedule& schedule);
  ~ProcessAgent() override;

  sim::Task<void> run(sim::AgentWorld& world) override;
  bool is_process() const override { return true; }
  void strike(const sim::ProcessBlow& blow) override;
  sim::AgentFacts facts() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringback::process
