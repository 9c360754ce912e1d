// The builtin phone agent as what a search runs, judged by the default properties.
//
//   Subject subject = voice_subject("builtin:voice?fallback=spoken");
#pragma once

#include <memory>

#include "sim/agents/voice.h"
#include "sim/explore/subject.h"

namespace ringback::sim {

inline Subject voice_subject(const char* spec = "builtin:voice") {
  const VoiceOptions options = parse_voice_options(AgentSpec::parse(spec));
  return Subject({.make_agent = [options](auto&&...) { return std::make_unique<VoiceAgent>(options); },
                  .expectations = default_expectations()});
}

}  // namespace ringback::sim
