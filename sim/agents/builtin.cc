#include "sim/agents/builtin.h"

#include "sim/agents/voice.h"
#include "src/base/suggest.h"

namespace ringback::sim {

std::unique_ptr<Agent> make_builtin_agent(const AgentSpec& spec) {
  if (spec.name() == "voice") return std::make_unique<VoiceAgent>(parse_voice_options(spec));
  const std::string nearest = nearest_word(spec.name(), {"voice"});
  fail("--agent: there is no builtin agent '{}'{}; there is builtin:voice", spec.name(),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

}  // namespace ringback::sim
