#include "sim/agents/builtin.h"

#include "sim/agents/cascade.h"
#include "sim/agents/chat.h"
#include "sim/agents/voice.h"
#include "src/base/suggest.h"

namespace ringback::sim {

std::vector<AgentKind> builtin_agents() {
  return {{.name = "cascade",
           .summary = "a phone agent of speech-to-text, completion model and text-to-speech: the options of chat, and "
                      "speech_timeout=TIME|none (4s)",
           .make =
               [](const AgentSpec& spec) {
                 AgentOptions options(spec);
                 CascadeOptions cascade{.chat = parse_chat_options(options)};
                 cascade.speech_timeout = options.time_or_none("speech_timeout", cascade.speech_timeout);
                 options.finish();
                 return std::make_unique<CascadeAgent>(cascade);
               }},
          {.name = "chat",
           .summary = "a support agent on a completion model: retries=N (5), backoff=TIME (200ms), timeout=TIME|none "
                      "(4s), model_timeout=TIME|none (30s), rounds=N (10), fallback=none|spoken (none)",
           .make =
               [](const AgentSpec& spec) {
                 AgentOptions options(spec);
                 const ChatOptions chat = parse_chat_options(options);
                 options.finish();
                 return std::make_unique<ChatAgent>(chat);
               }},
          {.name = "voice",
           .summary = "a phone agent on a Realtime model: retries=N (5), backoff=TIME (200ms), timeout=TIME|none (4s), "
                      "fallback=none|spoken (none), budget=each|call (each), model=trusted|watched|stale (trusted)",
           .make = [](const AgentSpec& spec) { return std::make_unique<VoiceAgent>(parse_voice_options(spec)); }}};
}

std::unique_ptr<Agent> make_builtin_agent(const AgentSpec& spec) {
  const std::vector<AgentKind> kinds = builtin_agents();
  std::vector<std::string_view> names;
  std::vector<std::string> labels;
  for (const AgentKind& kind : kinds) {
    if (kind.name == spec.name()) return kind.make(spec);
    names.push_back(kind.name);
    labels.push_back("builtin:" + kind.name);
  }
  const std::string nearest = nearest_word(spec.name(), names);
  fail("--agent: there is no builtin agent '{}'{}; there is {}", spec.name(),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), fmt::join(labels, ", "));
}

}  // namespace ringback::sim
