// Synthesized speech made fit for a scenario: telephone sound that is exactly silent where nobody speaks.
#pragma once

#include <cstdint>
#include <span>

#include "src/audio/format.h"

namespace ringback::formats {

// The format of both tracks of a scenario's call.
inline constexpr audio::Format kScenarioFormat{.encoding = audio::Encoding::mulaw, .rate = 8000};
// A longer pause inside what somebody says is cut to this, so that it is never taken for the end of the turn.
inline constexpr Duration kScenarioPauseMax = milliseconds(300);

// What speech is scaled to: the mean magnitude of its audible frames, 16-bit. About the -26 dB below full scale (root
// mean square) that telephone networks are levelled to (ITU-T P.56).
inline constexpr std::uint64_t kScenarioLevel = 1200;

// Mu-law in whole frames of 20 ms: begins and ends with an audible frame, frames that are not audible are digital
// silence. Empty where nothing is audible.
Bytes telephone_speech(std::span<const std::int16_t> samples);

}  // namespace ringback::formats
