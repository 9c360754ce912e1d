#include "include/ringback/generate.h"

#include <algorithm>
#include <ostream>

#include "sim/explore/certificate.h"
#include "sim/explore/simplify.h"
#include "sim/explore/sites.h"
#include "sim/faults/parse.h"
#include "src/base/error.h"

namespace ringback {
namespace {

// A value and how it shrinks, as RapidCheck wants them.
template <class T, class Simpler>
rc::Shrinkable<T> shrinking(T value, const Simpler& simpler) {
  return rc::shrinkable::shrinkRecur(std::move(value),
                                     [simpler](const T& from) { return rc::seq::fromContainer(simpler(from)); });
}

// --- answers of a tool ---

// Fewer answers first, then simpler ones.
std::vector<std::vector<ToolAnswer>> simpler_answers(const std::vector<ToolAnswer>& from) {
  std::vector<std::vector<ToolAnswer>> all;
  const auto with = [&](std::size_t i, ToolAnswer answer) {
    if (answer == from[i]) return;
    all.push_back(from);
    all.back()[i] = std::move(answer);
  };
  for (std::size_t i = 0; i < from.size() && from.size() > 1; ++i) {
    all.push_back(from);
    all.back().erase(all.back().begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == ToolAnswer()) continue;
    with(i, {});
    with(i, {.after = from[i].after});
    for (const Duration round : {milliseconds(0), milliseconds(100), seconds(1), seconds(10)}) {
      if (round >= from[i].after) break;
      ToolAnswer shorter = from[i];
      shorter.after = round;
      with(i, shorter);
    }
  }
  return all;
}

// --- cases ---

std::vector<Case> simpler_cases(const Case& from) {
  std::vector<Case> all;
  for (std::size_t part = 0; part < sim::part_count(from); ++part) {
    all.push_back(sim::without_part(from, part));
  }
  if (from.reaction != sim::kReactions.front()) {
    all.push_back(from);
    all.back().reaction = sim::kReactions.front();
  }
  for (std::size_t part = 0; part < sim::part_count(from); ++part) {
    for (Case& simpler : sim::simpler(from, part)) all.push_back(std::move(simpler));
  }
  return all;
}

std::shared_ptr<const sim::Generator> generator_of(const Replay& replay, const MakeAgent& make_agent,
                                                   const sim::GenerateOptions& options) {
  Replay baseline = replay;
  baseline.is_lenient = true;
  const std::unique_ptr<sim::Agent> agent = make_agent();
  const Replayed run = ringback::run(baseline, *agent);
  return std::make_shared<const sim::Generator>(replay.recording, sim::find_sites(run.result.run), options);
}

}  // namespace

Replay under(const Replay& replay, const Case& one) {
  Replay changed = replay;
  changed.recording = sim::mutated(replay.recording, one.mutations);
  changed.faults = sim::merge({replay.faults, one.schedule});
  changed.seed = one.seed;
  changed.reaction = one.reaction;
  changed.is_lenient = true;
  return changed;
}

namespace gen {

rc::Gen<std::vector<ToolAnswer>> answers(std::size_t answers_max) {
  if (answers_max == 0) fail("answers: expected at least one");
  return [answers_max](const rc::Random& random, int) {
    rc::Random draws = random;
    const std::size_t count = 1 + draws.next() % answers_max;
    return shrinking(sim::drawn_answers(draws.next(), count), simpler_answers);
  };
}

rc::Gen<Case> cases(const Replay& replay, const MakeAgent& make_agent, const sim::GenerateOptions& options) {
  return [generator = generator_of(replay, make_agent, options)](const rc::Random& random, int) {
    return shrinking(generator->draw(rc::Random(random).next()), simpler_cases);
  };
}

rc::Gen<Schedule> faults(const Replay& replay, const MakeAgent& make_agent, sim::GenerateOptions options) {
  options.mutates = false;
  return rc::gen::map(cases(replay, make_agent, options), [](const Case& one) { return one.schedule; });
}

rc::Gen<std::vector<Mutation>> mutations(const Replay& replay, const MakeAgent& make_agent,
                                         sim::GenerateOptions options) {
  options.only.emplace_back("mutation");
  return rc::gen::map(cases(replay, make_agent, options), [](const Case& one) { return one.mutations; });
}

rc::Gen<Reaction> reactions() {
  return rc::gen::elementOf(std::vector<Reaction>(sim::kReactions.begin(), sim::kReactions.end()));
}

}  // namespace gen
}  // namespace ringback

namespace ringback::sim {

void showValue(const Case& one, std::ostream& out) { out << '\n' << to_text(one); }
void showValue(const Schedule& schedule, std::ostream& out) { out << '\n' << to_yaml(schedule); }
void showValue(const Mutation& mutation, std::ostream& out) { out << to_text(mutation); }
void showValue(Reaction reaction, std::ostream& out) { out << name_of(reaction); }
void showValue(const ToolAnswer& answer, std::ostream& out) {
  const std::string after = to_seconds_text(answer.after);
  if (answer.never) {
    out << "never answered";
  } else if (!answer.failure.empty()) {
    out << answer.failure << " after " << after;
  } else {
    out << answer.status << " after " << after << ": " << answer.body;
  }
}

}  // namespace ringback::sim
