// A piece of retry or fallback logic by itself, in virtual time, against tools that answer as they are told: no
// recording, no caller, no model. For property tests of such logic, thousands of cases a second.
//
//   Rehearsal world({{.status = 503}, {.never = true}, {.after = milliseconds(300), .body = R"({"id":7})"}});
//   const bool ended = world.run(look_up(world.kernel(), world.lane(), world.tools()), seconds(60));
//   REQUIRE(world.attempts().size() <= 3);
//
// `look_up` is a coroutine over the same Kernel, Lane and ToolPort that AgentWorld has, so it is the agent's own code.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/agents/port.h"

namespace ringback::sim {

// What becomes of one call of a tool.
struct ToolAnswer {
  Duration after = milliseconds(100);  // from the request
  std::int64_t status = 200;
  Bytes body = "{}";
  std::string failure = {};  // not empty: the connection fails, with this reason
  bool never = false;        // no answer at all

  friend bool operator==(const ToolAnswer&, const ToolAnswer&) = default;
};

// One call, as the tool saw it.
struct ToolAttempt {
  VirtualTime at;
  std::string function;
  Bytes arguments;
  std::optional<VirtualTime> answered;  // nothing where the answer never came, or was not waited for
};

class Rehearsal {
 public:
  // The first call gets the first answer, whatever tool it is of; when they are used up the last is given again.
  explicit Rehearsal(std::vector<ToolAnswer> answers);
  ~Rehearsal();
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  Kernel& kernel() { return kernel_; }
  Lane& lane() { return lane_; }
  ToolPort& tools();

  // Runs the task to its end; false where that is not before `limit` of virtual time, or nothing was left to wait for:
  // it is then cancelled. What it throws passes through. Once.
  bool run(Task<void> task, Duration limit = seconds(3600));

  // In order.
  const std::vector<ToolAttempt>& attempts() const { return attempts_; }
  VirtualTime now() const { return kernel_.now(); }

 private:
  class Tools;

  Kernel kernel_;
  Lane& lane_;
  std::vector<ToolAnswer> answers_;
  std::vector<ToolAttempt> attempts_;
  std::unique_ptr<Tools> tools_;
};

// `count` answers, drawn: good, with an error status, broken JSON, a failed connection, or none; after a time that is
// log-uniform from 1 ms to 33 s. The same seed gives the same answers on every machine, and a shorter list is the
// beginning of a longer one.
std::vector<ToolAnswer> drawn_answers(Seed seed, std::size_t count);

}  // namespace ringback::sim
