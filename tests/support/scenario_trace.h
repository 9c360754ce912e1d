// Traces of scenario scripts in tests, without a program that speaks.
#pragma once

#include <string>
#include <vector>

#include "src/formats/scenario.h"

namespace ringback::testing {

// A tone of 60 ms a character: loud enough for every threshold, and different for every length.
inline std::vector<std::int16_t> plain_voice(const std::string& text, const formats::ScenarioVoice&) {
  std::vector<std::int16_t> samples(text.size() * 480);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::int16_t>((i / 10 % 2 == 0 ? 3000 : -3000) + static_cast<int>(text.size()));
  return samples;
}

inline trace::Trace scenario_trace(const std::string& script) {
  return formats::import_scenario("script.yaml", script, plain_voice);
}

}  // namespace ringback::testing
