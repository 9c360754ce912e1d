// A response that nobody recorded: one sentence, spoken as a plain tone or written, a function call, or nothing.
#pragma once

#include "sim/dialog/reaction.h"
#include "sim/peers/recorded_model.h"

namespace ringback::sim {

// How a made-up response is paced: the first frame this long after its cause, then one delta of audio (of
// kStandinDelta) every kStandinPace.
inline constexpr Duration kStandinLatency = milliseconds(500);
inline constexpr Duration kStandinDelta = milliseconds(200);
inline constexpr Duration kStandinPace = milliseconds(40);

struct StandinRequest {
  std::uint32_t number = 0;  // of the response in this run; makes the ids
  Improvised what;
  const SessionSettings& settings;
  Duration extra_latency;
};

// The whole response from response.created to response.done, as a script from its cause.
Script make_standin_response(const StandinRequest& request);

}  // namespace ringback::sim
