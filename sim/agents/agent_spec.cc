#include "sim/agents/agent_spec.h"

#include <algorithm>
#include <charconv>

#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::sim {
namespace {

constexpr std::string_view kBuiltin = "builtin:";
constexpr std::string_view kOwn = "own:";

// "a, b and c".
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

AgentSpec AgentSpec::parse(std::string_view text) {
  constexpr std::size_t kBytesMax = 4096;
  if (text.size() > kBytesMax) fail("--agent: expected at most {} characters, found {}", kBytesMax, text.size());
  AgentSpec spec;
  spec.text_ = text;
  std::string_view rest = text;
  if (text.starts_with(kBuiltin)) {
    rest.remove_prefix(kBuiltin.size());
  } else if (text.starts_with(kOwn)) {
    spec.family_ = AgentFamily::own;
    rest.remove_prefix(kOwn.size());
  } else {
    fail("--agent: expected builtin:NAME or own:NAME, such as builtin:voice?retries=5, found '{}'", text);
  }
  const std::size_t question = rest.find('?');
  spec.name_ = rest.substr(0, question);
  rest = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t ampersand = rest.find('&');
    const std::string_view option = rest.substr(0, ampersand);
    const std::size_t equals = option.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      fail("--agent: expected OPTION=VALUE after '?', found '{}' in '{}'", option, text);
    }
    if (!spec.options_.emplace(option.substr(0, equals), option.substr(equals + 1)).second) {
      fail("--agent: option '{}' is given twice in '{}'", option.substr(0, equals), text);
    }
    rest = ampersand == std::string_view::npos ? std::string_view() : rest.substr(ampersand + 1);
  }
  return spec;
}

std::string AgentSpec::label() const {
  return fmt::format("{}{}", family_ == AgentFamily::builtin ? kBuiltin : kOwn, name_);
}

const std::string* AgentOptions::find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = spec_.options().find(std::string(key));
  return found == spec_.options().end() ? nullptr : &found->second;
}

std::uint32_t AgentOptions::count(std::string_view key, const Count& range) {
  const std::string* value = find(key);
  if (value == nullptr) return range.otherwise;
  std::uint32_t number = 0;
  const char* last = value->data() + value->size();
  const auto [end, error] = std::from_chars(value->data(), last, number);
  if (error != std::errc() || end != last || number > range.max) {
    fail("--agent: {}: expected a number from 0 to {}, found '{}'", key, range.max, *value);
  }
  return number;
}

Duration AgentOptions::parse_time(const std::string& value, std::string_view key) const {
  constexpr Duration kTimeMax = seconds(3600);
  const Duration time = parse_duration(value, fmt::format("--agent: {}", key));
  if (time > kTimeMax) fail("--agent: {}: expected at most {}, found '{}'", key, to_text(kTimeMax), value);
  return time;
}

Duration AgentOptions::time(std::string_view key, Duration otherwise) {
  const std::string* value = find(key);
  return value == nullptr ? otherwise : parse_time(*value, key);
}

std::optional<Duration> AgentOptions::time_or_none(std::string_view key, std::optional<Duration> otherwise) {
  const std::string* value = find(key);
  if (value == nullptr) return otherwise;
  if (*value == "none") return std::nullopt;
  return parse_time(*value, key);
}

std::string AgentOptions::word(std::string_view key, std::initializer_list<std::string_view> words) {
  const std::string* value = find(key);
  if (value == nullptr) return std::string(*words.begin());
  if (std::find(words.begin(), words.end(), *value) == words.end()) {
    fail("--agent: {}: expected {}, found '{}'", key, fmt::join(words, " or "), *value);
  }
  return *value;
}

void AgentOptions::finish() const {
  for (const auto& [key, value] : spec_.options()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    if (known_.empty()) fail("--agent: {} takes no options, found '{}'", spec_.label(), key);
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    const std::string nearest = nearest_word(key, known);
    fail("--agent: {} has no option '{}'{}; it has {}", spec_.label(), key,
         nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), listed(known_));
  }
}

}  // namespace ringback::sim
