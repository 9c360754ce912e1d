// The bugs of the hunt: each a mistake in a small agent, the call that it is looked for over, what the world may do to
// it, and the property that has to catch it. Without the mistake the agent is its repaired twin.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "include/ringback/agent.h"

namespace ringback::planted {

struct Planted {
  std::string name;       // "voice/gives-up-in-silence"
  std::string sentence;   // what is wrong
  std::string recording;  // of recordings.h
  std::string property;   // as an expectation file has it: "dead_air: {max: 6s}"
  // What cases are drawn from, as `explore --only` takes it: what an agent of this kind is meant to bear.
  std::vector<std::string> only;
  bool varies_reaction = true;
  std::function<std::unique_ptr<Agent>(bool is_flawed)> make = {};
};

// In the order of the table in docs/planted-bugs.md.
const std::vector<Planted>& planted_bugs();

}  // namespace ringback::planted
