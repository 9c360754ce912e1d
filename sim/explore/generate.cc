#include "sim/explore/generate.h"

#include <algorithm>

#include <rapidcheck.h>

#include "sim/explore/draw_parts.h"
#include "sim/explore/draws.h"
#include "sim/faults/check_schedule.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// RapidCheck's generators grow with a size; everything here is drawn from ranges of its own.
constexpr int kSize = 100;

// Which kinds this case may have, each with a weight.
struct Swarm {
  std::vector<std::size_t> kinds;  // positions; a weight of n stands n times

  static Swarm draw(std::size_t count, bool is_swarm) {
    Swarm swarm;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t weight = !is_swarm ? 1 : draw_one_in(4) ? draw_between(1, 4) : 0;
      swarm.kinds.insert(swarm.kinds.end(), weight, i);
    }
    if (swarm.kinds.empty()) swarm.kinds.push_back(draw_between(0, count - 1));
    return swarm;
  }
};

void add_part(const CaseKind& kind, const Sites& sites, Case& one) {
  const std::vector<VirtualTime> moments = moments_of(one, sites);
  if (kind.action != nullptr) {
    one.schedule.faults.push_back(draw_fault(kind, moments));
  } else {
    one.mutations.push_back(draw_mutation(kind, moments));
  }
}

// No agent bears its end: another process comes after it, as something that supervises it would see to.
void restart_what_ends(Case& one) {
  const std::vector<Fault> faults = one.schedule.faults;
  for (const Fault& fault : faults) {
    const bool is_restarted = std::any_of(faults.begin(), faults.end(), [&](const Fault& other) {
      return other.action.name == ActionName::restart_after && other.where == fault.where && other.at == fault.at;
    });
    if (!ends_process(fault.action.name) || is_restarted) continue;
    Fault restart = fault;
    restart.action = {.name = ActionName::restart_after, .argument = draw_duration(kBriefOctaves)};
    one.schedule.faults.push_back(std::move(restart));
  }
}

void drop_part(std::uint64_t part, Case& one) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < part_count(one); ++i) {
    if (i != part) kept.push_back(i);
  }
  one = with_parts(one, kept);
}

void number_faults(Case& one) {
  for (std::size_t i = 0; i < one.schedule.faults.size(); ++i) {
    Fault& fault = one.schedule.faults[i];
    fault.id = fmt::format("{}-{}", name_of(fault.action.name), i + 1);
  }
}

}  // namespace

Generator::Generator(const trace::Trace& recording, Sites sites, GenerateOptions options)
    : sites_(std::move(sites)), options_(std::move(options)) {
  std::erase_if(sites_.channels, [](const ChannelSites& channel) { return channel.channel == kAgentProcess; });
  if (options_.strikes_process) sites_.channels.push_back(process_sites(sites_));
  kinds_ = find_kinds(recording, sites_, options_);
  if (kinds_.empty()) {
    fail("explore: {}", options_.only.empty() ? "the run had no channel that a fault could act on"
                                              : "no fault or mutation of these names fits a channel of the run");
  }
  restarts_ = std::any_of(kinds_.begin(), kinds_.end(), [](const CaseKind& kind) {
    return kind.action != nullptr && kind.action->name == ActionName::restart_after;
  });
}

// Null where the part is not of a kind that is drawn here.
const CaseKind* Generator::kind_of(const Case& one, std::uint64_t part) const {
  const std::size_t faults = one.schedule.faults.size();
  const auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const CaseKind& kind) {
    if (part < faults) {
      const Fault& fault = one.schedule.faults[part];
      return kind.action != nullptr && kind.action->name == fault.action.name && kind.channel->channel == fault.where;
    }
    const Mutation& mutation = one.mutations[part - faults];
    return kind.action == nullptr && kind.mutation == mutation.name && kind.channel->channel == mutation.channel;
  });
  return found == kinds_.end() ? nullptr : &*found;
}

Case Generator::draw(Seed seed) const {
  const rc::Gen<Case> cases = rc::gen::exec([this] {
    Case one;
    const Swarm swarm = Swarm::draw(kinds_.size(), options_.swarm);
    const std::uint64_t parts = draw_between(1, options_.faults_max);
    std::uint64_t mutations = 0;
    for (std::uint64_t i = 0; i < parts; ++i) {
      const CaseKind& kind = kinds_[swarm.kinds[draw_between(0, swarm.kinds.size() - 1)]];
      if (kind.action == nullptr && ++mutations > options_.mutations_max) continue;
      add_part(kind, sites_, one);
    }
    if (restarts_) restart_what_ends(one);
    if (options_.varies_reaction) one.reaction = kReactions[draw_between(0, kReactions.size() - 1)];
    one.seed = draw_between(0, UINT32_MAX);
    number_faults(one);
    return one;
  });
  return cases(rc::Random(seed), kSize).value();
}

Case Generator::vary(const Case& parent, Seed seed) const {
  const rc::Gen<Case> cases = rc::gen::exec([this, &parent] {
    Case one = parent;
    const std::uint64_t parts = part_count(one);
    const std::uint64_t turn = draw_between(0, 9);
    if (parts > 1 && turn < 2) {
      drop_part(draw_between(0, parts - 1), one);
    } else if (parts > 0 && turn < 8) {
      // The same kind at another place, or another kind.
      const std::uint64_t part = draw_between(0, parts - 1);
      const CaseKind* kind = kind_of(one, part);
      if (kind == nullptr || turn == 7) kind = &kinds_[draw_between(0, kinds_.size() - 1)];
      drop_part(part, one);
      add_part(*kind, sites_, one);
    } else if (part_count(one) < options_.faults_max + options_.mutations_max) {
      add_part(kinds_[draw_between(0, kinds_.size() - 1)], sites_, one);
    }
    if (restarts_) restart_what_ends(one);
    if (options_.varies_reaction && draw_one_in(4)) one.reaction = kReactions[draw_between(0, kReactions.size() - 1)];
    return one;
  });
  Case one = cases(rc::Random(seed), kSize).value();
  number_faults(one);
  return one;
}

}  // namespace ringback::sim
