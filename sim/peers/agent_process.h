// The agent's process as a partner of the run: what becomes of it stands on a channel of its own (`agent`), and the
// faults of a schedule that strike it are handed to it here.
//
//   AgentProcess process({.kernel = kernel, .agent = agent, .link = link, .schedule = schedule});
//   process.started(1);     // from here on the faults on `agent` come at their times
//
// Only for a schedule that has such faults: other runs have no such channel.
#pragma once

#include <string>
#include <vector>

#include "sim/agents/port.h"
#include "sim/faults/link.h"
#include "sim/faults/schedule.h"

namespace ringback::sim {

// What a `terminate` without a grace period gives: as long as Kubernetes does.
inline constexpr Duration kUsualGrace = seconds(30);

// The blow that a fault of the process family is.
ProcessBlow blow_of(const Fault& fault);

class AgentProcess final : public ProcessLog {
 public:
  struct Parts {
    Kernel& kernel;
    Agent& agent;
    Link& link;
    const Schedule& schedule;
  };
  explicit AgentProcess(const Parts& parts) : parts_(parts), lane_(parts.kernel.lane("agent-process")) {}

  // Nothing more is struck or journalled: the run is over.
  void stop() { is_over_ = true; }
  void strike(const Fault& fault);

  void started(std::int64_t incarnation) override;
  void signalled(std::int64_t signal) override;
  void exited(std::int64_t status) override;

 private:
  void schedule_ticks();
  void note(trace::Event event);

  Parts parts_;
  Lane& lane_;
  bool is_over_ = false;
};

}  // namespace ringback::sim
