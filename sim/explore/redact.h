// A repro without the speech and the text that its failure does not need.
//
// What can go, goes: the sound becomes bursts of one tone that keep the turns, letters become x and digits 1. Each
// removal is proven by runs: with the case the failure is there, without its parts the run holds.
//
//   const Redaction redaction = redact(subject, repro);
//   store(redaction.repro);
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "sim/explore/repro.h"
#include "sim/explore/subject.h"

namespace ringback::sim {

enum class Content : std::uint8_t {
  sound,         // of the caller and the agent
  speech,        // transcripts, and what was typed
  instructions,  // prompts, and descriptions of tools
  arguments,     // of tool calls
  answers,       // of tools
  keys,          // that the caller pressed
};
inline constexpr std::array kContents = {Content::sound,     Content::speech,  Content::instructions,
                                         Content::arguments, Content::answers, Content::keys};
std::string_view name_of(Content content);  // "the sound", "what was said", ...

struct RedactedTrace {
  trace::Trace recording;
  std::uint64_t texts = 0;       // that changed
  std::uint64_t unreadable = 0;  // frames of models that are no JSON; lines of a stream that are neither
                                 // lose their letters all the same
};
// Facts about the recording go too, and "redaction" says what was removed.
RedactedTrace redacted(const trace::Trace& recording, const std::set<Content>& removed);

struct Redaction {
  Repro repro;
  std::set<Content> removed;
  std::set<Content> kept;  // because without it the failure is gone
  std::uint64_t texts = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t runs = 0;
};
// Throws Error where the repro does not fail as it says.
Redaction redact(Subject& subject, const Repro& repro);

}  // namespace ringback::sim
