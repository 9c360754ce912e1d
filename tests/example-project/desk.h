// The parcel desk: answers the phone, tells where a parcel is. A speech model does the talking, one tool the looking
// up.
//
// With fallback=none it has the flaw that this example is about: when the tracking service keeps failing it stops
// trying, tells neither the model nor the caller, and the caller hears nothing any more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ringback/agent.h"

struct DeskOptions {
  std::uint32_t retries = 4;  // after the first attempt, at once
  bool apologises = false;    // says so when the service cannot be reached
};

class Desk final : public ringback::Agent {
 public:
  explicit Desk(const DeskOptions& options) : options_(options) {}
  ringback::Task<void> run(ringback::AgentWorld& world) override;

 private:
  DeskOptions options_;
};

// Asks until a good answer comes or the attempts are used up; nothing then. Each attempt has 2 s.
ringback::Task<std::optional<ringback::ToolReply>> ask_service(ringback::Kernel& kernel, ringback::Lane& lane,
                                                               ringback::ToolPort& tools, std::uint32_t retries,
                                                               std::string function, ringback::Bytes arguments);

// All that this project has, for the command line and for tests.
std::vector<ringback::AgentKind> own_agents();

// Of "own:desk?retries=N&fallback=none|spoken".
std::unique_ptr<ringback::Agent> make_desk(const ringback::AgentSpec& spec);
