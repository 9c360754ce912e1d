// RapidCheck generators of what goes wrong, for tests of your own over your own retry and fallback logic. They draw
// under the seed of the test's framework, and what fails shrinks.
//
// One tool and a coroutine that calls it, some ten thousands of cases a second:
//
//   rc::check("it is asked three times at most", [] {
//     ringback::Rehearsal world(*ringback::gen::answers());
//     RC_ASSERT(world.run(look_up(world.kernel(), world.lane(), world.tools())));
//     RC_ASSERT(world.attempts().size() <= 3);
//   });
//
// A whole recorded conversation under drawn faults, reactions of the model and mutations of the recording:
//
//   const rc::Gen<ringback::Case> cases = ringback::gen::cases(replay, make_desk);
//   rc::check("there is no dead air", [&] {
//     const std::unique_ptr<ringback::Agent> desk = make_desk();
//     RC_ASSERT(ringback::run(ringback::under(replay, *cases), *desk).verdict("dead_air") !=
//     ringback::Verdict::failed);
//   });
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <vector>

#include <rapidcheck.h>

#include "include/ringback/replay.h"
#include "sim/agents/rehearsal.h"
#include "sim/explore/case.h"
#include "sim/explore/generate.h"

namespace ringback {

using sim::Case;
using sim::Mutation;
using sim::Reaction;
using sim::Rehearsal;
using sim::ToolAnswer;

using MakeAgent = std::function<std::unique_ptr<sim::Agent>()>;

// The replay with the case's mutations made in its recording, its faults behind those that are there, its reaction and
// its seed. It may leave the recording.
Replay under(const Replay& replay, const Case& one);

namespace gen {

// What a tool does, call by call: 1 to `answers_max` (at least 1) of what sim::drawn_answers draws. They shrink to
// fewer, to good answers, and to shorter and rounder times.
rc::Gen<std::vector<ToolAnswer>> answers(std::size_t answers_max = 8);

// Cases over what an agent does in `replay` without a case: it is run once, and every anchor that is drawn exists
// there. `options.only` names actions, families, mutations or channels. Throws Error where nothing can be drawn. They
// shrink by parts left out and parameters made simpler.
rc::Gen<Case> cases(const Replay& replay, const MakeAgent& make_agent, const sim::GenerateOptions& options = {});
// Their faults alone, without mutations.
rc::Gen<Schedule> faults(const Replay& replay, const MakeAgent& make_agent, sim::GenerateOptions options = {});
// Their mutations alone.
rc::Gen<std::vector<Mutation>> mutations(const Replay& replay, const MakeAgent& make_agent,
                                         sim::GenerateOptions options = {});
// Of the model, where nothing was recorded; they shrink to the apology.
rc::Gen<Reaction> reactions();

}  // namespace gen
}  // namespace ringback

namespace ringback::sim {

// What RapidCheck prints of a failing case.
void showValue(const Case& one, std::ostream& out);
void showValue(const Schedule& schedule, std::ostream& out);
void showValue(const Mutation& mutation, std::ostream& out);
void showValue(Reaction reaction, std::ostream& out);
void showValue(const ToolAnswer& answer, std::ostream& out);

}  // namespace ringback::sim
