// A response that nobody recorded: one sentence, spoken as a plain tone or written.
#pragma once

#include "sim/peers/recorded_model.h"

namespace ringback::sim {

// How a made-up response is paced: the first frame this long after its cause, then one delta of audio (of
// kStandinDelta) every kStandinPace.
inline constexpr Duration kStandinLatency = milliseconds(500);
inline constexpr Duration kStandinDelta = milliseconds(200);
inline constexpr Duration kStandinPace = milliseconds(40);

// What the model says where it answers for itself and the reaction is to apologise.
inline constexpr std::string_view kApology = "I'm sorry, something went wrong on my side.";

struct StandinRequest {
  std::uint32_t number = 0;  // of the response in this run; makes the ids
  std::string_view say;
  const SessionSettings& settings;
  Duration extra_latency;
};

// The whole response from response.created to response.done, as a script from its cause.
Script make_standin_response(const StandinRequest& request);

}  // namespace ringback::sim
