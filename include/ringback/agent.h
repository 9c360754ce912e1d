// An agent of your own, to be run by ringback in-process: a class with one coroutine.
//
// Everything that the agent sees of the world comes through AgentWorld, in virtual time: the caller's sound, words and
// keys, the model's sessions, the tools. Runs are of guarantee level A, equal to the last octet, as long as the agent
// keeps to the world that it is given: no clock but world.kernel.now(), no waiting but `sleep` and what the world
// offers, no randomness but RandomStream, no state that outlives it.
//
//   class Desk final : public ringback::Agent {
//    public:
//     ringback::Task<void> run(ringback::AgentWorld& world) override {
//       std::unique_ptr<ringback::ModelConnection> model = co_await world.models.connect();
//       ...
//     }
//   };
//
// Four shapes of co_await are compiled wrongly by g++ 12: inside braces, in ?:, in the head of an if or switch, and
// with a temporary aggregate or a capturing lambda as an argument. Write it as a whole statement or a whole right-hand
// side, with names or plain values as arguments. docs/cpp-agents.md has a walk-through.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/agents/agent_kind.h"
#include "sim/agents/agent_spec.h"
#include "sim/agents/port.h"
#include "sim/agents/rehearsal.h"
#include "sim/kernel/kernel.h"
#include "sim/kernel/scope.h"
#include "sim/kernel/task.h"
#include "sim/kernel/wait.h"
#include "src/audio/format.h"
#include "src/audio/tone.h"
#include "src/base/error.h"
#include "src/base/random.h"
#include "src/base/time.h"
#include "src/wire/canonical_json.h"
#include "src/wire/completion.h"
#include "src/wire/realtime.h"
#include "src/wire/speech.h"

namespace ringback {

// --- what an agent is, and what it sees ---

using sim::Agent;
using sim::AgentKind;
using sim::AgentOptions;
using sim::AgentSetup;
using sim::AgentSpec;
using sim::AgentWorld;

using sim::CallerAudio;
using sim::CallerDigit;
using sim::CallerHungUp;
using sim::CallerInput;
using sim::CallerLeg;
using sim::CallerMarkPlayed;
using sim::CallerText;

using sim::ModelClosed;
using sim::ModelConnection;
using sim::ModelPort;
using wire::RealtimeFrame;
using wire::RealtimeType;

using sim::CompletionPort;
using sim::CompletionStream;
using sim::SpeechConnection;
using sim::SpeechPort;

using sim::ToolPort;
using sim::ToolReply;

// As the command line makes it: "builtin:voice?retries=5", or "own:NAME?..." of the agents that are given. Throws
// Error.
inline std::unique_ptr<Agent> make_agent(const std::string& spec, const std::vector<AgentKind>& own = {}) {
  return sim::make_agent(AgentSpec::parse(spec), own);
}

// --- retry and fallback logic by itself ---

using sim::drawn_answers;
using sim::Rehearsal;
using sim::ToolAnswer;
using sim::ToolAttempt;

// --- coroutines in virtual time ---

using sim::Kernel;
using sim::Lane;
using sim::Mailbox;
using sim::Scope;
using sim::ScopedTimer;
using sim::sleep;
using sim::Task;
using sim::with_timeout;

}  // namespace ringback
