// Simpler forms of the parts of a case and of a recording: what a shrinker tries, best first. Pure.
#pragma once

#include <vector>

#include "sim/explore/case.h"
#include "src/trace/trace.h"

namespace ringback::sim {

// Cases that differ from `one` in one parameter of its part `part`, each simpler: shorter and rounder times, a single
// call instead of a range, no probability, fewer frames. The simplest first.
std::vector<Case> simpler(const Case& one, std::size_t part);

// The recording up to `end`, `end` included. A caller who has not hung up by then does so when the agent has spoken
// (docs/replay.md).
trace::Trace cut_after(const trace::Trace& recording, VirtualTime end);
// All speech as bursts: every audible frame of 20 ms becomes the same tone and every other one silence, in the caller's
// and the agent's track and in the model's audio deltas. The turns stay, the words are gone, and the file is small.
// Transcripts stay as they are.
trace::Trace with_bursts(const trace::Trace& recording);

}  // namespace ringback::sim
