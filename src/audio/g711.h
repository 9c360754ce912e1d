// Companding of ITU-T G.711: 16-bit samples to and from mu-law and A-law octets, and the same behind one face for every
// format.
//
// Encoding chooses the nearest level. Decoding and encoding again gives the same octet, but for mu-law's second zero
// (0x7F), which comes back as 0xFF.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/audio/format.h"

namespace ringback::audio {

std::uint8_t mulaw_of(std::int16_t sample);
std::uint8_t alaw_of(std::int16_t sample);
std::int16_t sample_of_mulaw(std::uint8_t octet);
std::int16_t sample_of_alaw(std::uint8_t octet);

// A cut last sample is left out.
std::vector<std::int16_t> decode(BytesView samples, const Format& format);
Bytes encode(std::span<const std::int16_t> samples, const Format& format);
// The same sound in another encoding. Throws Error where the rates differ.
Bytes transcode(BytesView samples, const Format& from, const Format& to);

}  // namespace ringback::audio
