#include "sim/explore/case.h"

#include <charconv>

#include "sim/faults/parse.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

constexpr std::string_view kReaction = "# reaction: ";
constexpr std::string_view kSeed = "# seed: ";
constexpr std::string_view kMutation = "# mutation: ";

std::uint64_t parse_seed(std::string_view where, std::string_view text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size()) fail("{}: expected a seed, found '{}'", where, text);
  return seed;
}

}  // namespace

Case with_parts(const Case& whole, const std::vector<std::size_t>& kept) {
  Case part = whole;
  part.schedule.faults.clear();
  part.mutations.clear();
  const std::size_t faults = whole.schedule.faults.size();
  for (const std::size_t i : kept) {
    RINGBACK_CHECK(i < part_count(whole), "only parts that are there can be kept, not number {}", i);
    if (i < faults) {
      part.schedule.faults.push_back(whole.schedule.faults[i]);
    } else {
      part.mutations.push_back(whole.mutations[i - faults]);
    }
  }
  return part;
}

std::string to_text(const Case& one) {
  std::string text = fmt::format("{}{}\n{}{}\n", kReaction, name_of(one.reaction), kSeed, one.seed);
  for (const Mutation& mutation : one.mutations) text += fmt::format("{}{}\n", kMutation, to_text(mutation));
  return text + to_yaml(one.schedule);
}

Case parse_case(std::string_view file_name, BytesView text) {
  Case one;
  int number = 0;
  for (BytesView rest = text; !rest.empty();) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    const BytesView line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    const std::string where = fmt::format("{}:{}", file_name, ++number);
    if (line.starts_with(kReaction)) one.reaction = reaction_named(line.substr(kReaction.size()), where);
    if (line.starts_with(kSeed)) one.seed = parse_seed(where, line.substr(kSeed.size()));
    if (line.starts_with(kMutation)) one.mutations.push_back(parse_mutation(where, line.substr(kMutation.size())));
  }
  one.schedule = parse_schedule(file_name, text);
  return one;
}

}  // namespace ringback::sim
