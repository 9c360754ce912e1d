// How an in-process agent is named on the command line: "builtin:voice?retries=5&fallback=spoken", or "own:desk" for
// one that the program's author brought along.
//
//   const AgentSpec spec = AgentSpec::parse("own:desk?retries=5");
//   AgentOptions options(spec);
//   const std::uint32_t retries = options.count("retries", {.otherwise = 2, .max = 10});
//   options.finish();
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/time.h"

namespace ringback::sim {

enum class AgentFamily : std::uint8_t { builtin, own };

class AgentSpec {
 public:
  // Throws Error where `text` is not of this form, or an option is given twice.
  static AgentSpec parse(std::string_view text);

  AgentFamily family() const { return family_; }
  const std::string& name() const { return name_; }
  // "builtin:voice": without the options.
  std::string label() const;
  // As given.
  const std::string& text() const { return text_; }
  const std::map<std::string, std::string>& options() const { return options_; }

 private:
  std::string text_;
  AgentFamily family_ = AgentFamily::builtin;
  std::string name_;
  std::map<std::string, std::string> options_;
};

// Reads the options of an agent. Every call names an option that the agent takes and says what it is where it was not
// given; all throw Error for a value that cannot be. After the last one `finish` refuses options that nobody asked for.
class AgentOptions {
 public:
  // `spec` outlives the options.
  explicit AgentOptions(const AgentSpec& spec) : spec_(spec) {}

  struct Count {
    std::uint32_t otherwise = 0;
    std::uint32_t max = 0;
  };
  std::uint32_t count(std::string_view key, const Count& range);
  // At most an hour.
  Duration time(std::string_view key, Duration otherwise);
  // The word "none" is nothing.
  std::optional<Duration> time_or_none(std::string_view key, std::optional<Duration> otherwise);
  // One of `words`, the first where the option was not given.
  std::string word(std::string_view key, std::initializer_list<std::string_view> words);

  void finish() const;

 private:
  // Null where it was not given.
  const std::string* find(std::string_view key);
  Duration parse_time(const std::string& value, std::string_view key) const;

  const AgentSpec& spec_;
  std::vector<std::string> known_;
};

}  // namespace ringback::sim
