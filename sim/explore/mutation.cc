#include "sim/explore/mutation.h"

#include <array>
#include <charconv>
#include <vector>

#include "sim/explore/mutate.h"
#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::sim {
namespace {

struct NameRow {
  MutationName name;
  std::string_view word;
};
constexpr auto kNames = std::to_array<NameRow>({{MutationName::cut, "cut"},
                                                {MutationName::repeat, "repeat"},
                                                {MutationName::silence, "silence"},
                                                {MutationName::swap, "swap"},
                                                {MutationName::stretch, "stretch"},
                                                {MutationName::speech, "speech"},
                                                {MutationName::digit, "digit"},
                                                {MutationName::result, "result"},
                                                {MutationName::swap_results, "swap_results"},
                                                {MutationName::swap_order, "swap_order"},
                                                {MutationName::latency, "latency"},
                                                {MutationName::split_token, "split_token"},
                                                {MutationName::rechunk, "rechunk"},
                                                {MutationName::split_octets, "split_octets"}});

constexpr std::array kAllNames = [] {
  std::array<MutationName, kNames.size()> names{};
  for (std::size_t i = 0; i < kNames.size(); ++i) names[i] = kNames[i].name;
  return names;
}();

std::string_view next_word(std::string_view& text) {
  const std::size_t length = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return word;
}

std::uint64_t parse_number(std::string_view where, std::string_view what, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("{}: expected {} as a number, found '{}'", where, what, text.substr(0, 40));
  }
  return number;
}

MutationName parse_name(std::string_view where, std::string_view word) {
  std::vector<std::string_view> words;
  for (const NameRow& row : kNames) {
    if (row.word == word) return row.name;
    words.push_back(row.word);
  }
  const std::string nearest = nearest_word(word, words);
  fail("{}: expected a mutation, found '{}'{}", where, word.substr(0, 40),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

}  // namespace

std::string_view name_of(MutationName name) {
  for (const NameRow& row : kNames) {
    if (row.name == name) return row.word;
  }
  RINGBACK_CHECK(false, "every mutation has a name, {} too", static_cast<int>(name));
  return "";
}

std::span<const MutationName> mutation_names() { return kAllNames; }

std::string to_text(const Mutation& mutation) {
  return fmt::format("{} {} {} {}{}{}", name_of(mutation.name), mutation.channel, mutation.at, mutation.count,
                     mutation.value.empty() ? "" : " ", mutation.value);
}

Mutation parse_mutation(std::string_view where, std::string_view text) {
  Mutation mutation;
  mutation.name = parse_name(where, next_word(text));
  mutation.channel = next_word(text);
  if (mutation.channel.empty()) fail("{}: expected a channel behind '{}'", where, name_of(mutation.name));
  mutation.at = parse_number(where, "a place", next_word(text));
  mutation.count = parse_number(where, "a count", next_word(text));
  if (mutation.count > kMutationCountMax) {
    fail("{}: expected a count up to {}, found {}", where, kMutationCountMax, mutation.count);
  }
  mutation.value = text;
  return mutation;
}

trace::Trace mutated(const trace::Trace& recording, std::span<const Mutation> mutations) {
  trace::Trace changed = recording;
  for (const Mutation& mutation : mutations) {
    switch (mutation.name) {
      case MutationName::cut:
      case MutationName::repeat:
      case MutationName::silence:
      case MutationName::swap:
      case MutationName::stretch:
      case MutationName::speech:
      case MutationName::digit:
        mutate_sound(mutation, changed);
        break;
      case MutationName::result:
      case MutationName::swap_results:
      case MutationName::swap_order:
        mutate_answer(mutation, changed);
        break;
      case MutationName::latency:
        mutate_answer(mutation, changed);
        mutate_stream(mutation, changed);
        break;
      case MutationName::split_token:
      case MutationName::rechunk:
      case MutationName::split_octets:
        mutate_stream(mutation, changed);
        break;
    }
  }
  return changed;
}

}  // namespace ringback::sim
