#include "sim/explore/exhaust.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

using trace::ChannelKind;

constexpr std::uint64_t kFramesPerSecond = 50;

// The arguments that stand for all: one on each side of what agents usually bear.
std::vector<ActionArgument> typical_arguments(const ActionRow& row) {
  switch (row.type) {
    case ArgumentType::nothing:
      return {{}};
    case ArgumentType::integer:
      if (row.name == ActionName::status) return {std::int64_t{404}, std::int64_t{500}};
      if (row.name == ActionName::cut) return {std::int64_t{1006}};
      if (row.name == ActionName::partial) return {std::int64_t{0}, std::int64_t{10}};
      return {row.argument_required ? ActionArgument(std::max<std::int64_t>(row.least, 0)) : ActionArgument()};
    case ArgumentType::size:
      return {std::int64_t{1'000'000}};
    case ArgumentType::rate:
      return {std::int64_t{1'000}};
    case ArgumentType::text:
      if (row.name == ActionName::dtmf) return {Bytes("5")};
      if (row.name == ActionName::error_event) return {Bytes("server_error")};
      return {Bytes(), Bytes("null"), Bytes("{not-json")};
    case ArgumentType::duration:
    case ArgumentType::signed_duration:
      if (row.name == ActionName::jitter) return {milliseconds(60)};
      // While a process is away, no agent can help the silence.
      if (row.name == ActionName::pause || row.name == ActionName::restart_after) return {seconds(1)};
      return {seconds(1), seconds(5), seconds(30)};
    case ArgumentType::probability:
      return {Ratio{1, 2}};
    case ArgumentType::factor:
      return {Ratio{4, 1}};
  }
  return {};
}

std::vector<Anchor> places(const ChannelSites& channel, const ActionRow& row) {
  std::vector<Anchor> anchors;
  if (channel.kind == ChannelKind::tool) {
    // This attempt alone, and this one with all behind it: an agent that tries again meets the second.
    for (std::uint64_t call = 1; call <= channel.exchanges; ++call) {
      anchors.push_back({.call = IntegerRange{call, call}});
      // A process is struck once.
      if (row.family == Family::process) continue;
      anchors.push_back({.call = IntegerRange{call, IntegerRange::kOpenEnd}});
    }
  } else if (channel.kind == ChannelKind::model) {
    const bool streams = row.family == Family::model && row.name != ActionName::rate_limit &&
                         row.name != ActionName::error_event && row.name != ActionName::stall;
    for (std::uint64_t response = 1; response <= channel.exchanges; ++response) {
      const IntegerRange only{response, response};
      anchors.push_back({.response = only});
      for (std::uint64_t token = 1; streams && token <= channel.tokens[response - 1]; ++token) {
        anchors.push_back({.response = only, .token = IntegerRange{token, token}});
      }
    }
  } else if (channel.kind == ChannelKind::audio) {
    for (std::uint64_t first = 0; first < channel.frames; first += kFramesPerSecond) {
      anchors.push_back({.frame = IntegerRange{first, first + kFramesPerSecond - 1}});
    }
  }
  return anchors;
}

std::string place_text(const Fault& fault) {
  const Anchor& at = fault.at;
  const auto text = [](const std::optional<IntegerRange>& range) { return range ? to_text(*range) : std::string("-"); };
  return fmt::format("{} {} {} {} {}", fault.where, text(at.call), text(at.response), text(at.token), text(at.frame));
}

}  // namespace

std::vector<Fault> single_faults(const Generator& generator) {
  std::vector<Fault> faults;
  for (const CaseKind& kind : generator.kinds()) {
    if (kind.action == nullptr || ends_process(kind.action->name)) continue;
    for (const Anchor& at : places(*kind.channel, *kind.action)) {
      for (ActionArgument& argument : typical_arguments(*kind.action)) {
        faults.push_back({.where = kind.channel->channel,
                          .at = at,
                          .action = {.name = kind.action->name, .argument = std::move(argument)},
                          .optional = true});
      }
    }
  }
  return faults;
}

Exhaustion::Exhaustion(const Generator& generator, const ExhaustOptions& options)
    : options_(options), faults_(single_faults(generator)) {
  RINGBACK_CHECK(options.faults == 1 || options.faults == 2, "one or two faults at once, not {}", options.faults);
  const std::uint64_t count = faults_.size();
  bases_ = options.faults == 1 ? count : count * (count - std::min<std::uint64_t>(count, 1)) / 2;
}

// Pair number k is (i, j) with i < j, in order of j and then i.
Case Exhaustion::base(std::uint64_t index) const {
  std::vector<std::size_t> chosen = {index};
  if (options_.faults == 2) {
    std::uint64_t second = 1;
    while (index >= second) index -= second++;
    chosen = {index, second};
  }
  Case one;
  for (const std::size_t i : chosen) {
    one.schedule.faults.push_back(faults_[i]);
    one.schedule.faults.back().id = fmt::format("{}-{}", name_of(faults_[i].action.name), one.schedule.faults.size());
  }
  return one;
}

const std::vector<Case>& Exhaustion::next_round() {
  RINGBACK_CHECK(round_.empty(), "a round is taken before the next one");
  while (round_.size() < kRoundCases && !waiting_.empty()) {
    round_.push_back(std::move(waiting_.back()));
    waiting_.pop_back();
  }
  while (round_.size() < kRoundCases && next_ < bases_) round_.push_back(base(next_++));
  return round_;
}

void Exhaustion::note(const Case& one, const Outcome& outcome) {
  bool acted = false;
  for (std::size_t i = 0; i < outcome.fired.size(); ++i) {
    if (outcome.fired[i] == 0) continue;
    acted = true;
    acted_at_.insert(place_text(one.schedule.faults[i]));
  }
  for (const Failure& failure : outcome.failures) {
    if (!acted || ++counts_[failure.signature] > 1) continue;
    finds_.push_back(
        {.number = taken_, .one = one, .failure = failure, .chain = outcome.chain, .is_tainted = outcome.is_tainted});
  }
}

void Exhaustion::take(const std::vector<Outcome>& outcomes) {
  RINGBACK_CHECK(outcomes.size() == round_.size(), "every case has an outcome: {} of {}", outcomes.size(),
                 round_.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ++taken_;
    note(round_[i], outcomes[i]);
    const bool is_first = round_[i].reaction == kReactions.front();
    if (!options_.varies_reaction || !is_first) continue;
    // The same run would react in the same way; one that came to no reaction has nothing to vary.
    if (!outcomes[i].rests_on_reaction || !seen_.insert(outcomes[i].chain).second) {
      pruned_ += kReactions.size() - 1;
      continue;
    }
    for (std::size_t reaction = kReactions.size() - 1; reaction > 0; --reaction) {
      waiting_.push_back(round_[i]);
      waiting_.back().reaction = kReactions[reaction];
    }
  }
  round_.clear();
}

}  // namespace ringback::sim
