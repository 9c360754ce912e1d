// compile_scenario for the kinds `chat` and `cascade`: sessions whose model is asked request by request.
#pragma once

#include "src/formats/scenario.h"

namespace ringback::formats {

trace::Trace compile_requests(std::string_view name, const Scenario& scenario, const SpeechSynthesizer& synthesizer);

}  // namespace ringback::formats
