// Traces of sound, raw and as JSON carries it: what the format's transforms are for.
#pragma once

#include <cstdint>

#include "src/base/base64.h"
#include "src/trace/bodies.h"
#include "src/trace/little_endian.h"
#include "src/trace/trace.h"

namespace ringback::trace {

// A saw tooth that swells, with some noise: near enough to sound for a predictor.
class Voice {
 public:
  std::int16_t next() {
    noise_ = noise_ * 6364136223846793005u + 1442695040888963407u;
    phase_ = (phase_ + 37) % 2000;
    const int loud = 1 + static_cast<int>(at_++ / 400 % 9);
    return static_cast<std::int16_t>((phase_ < 1000 ? phase_ : 2000 - phase_) * loud - 500 * loud +
                                     static_cast<int>(noise_ >> 59) - 16);
  }

 private:
  std::uint64_t noise_ = 1;
  std::uint64_t at_ = 0;
  int phase_ = 0;
};

inline Bytes samples_of(Voice& voice, int count) {
  Bytes octets;
  for (int i = 0; i < count; ++i) append_little_endian(voice.next(), octets);
  return octets;
}

// G.711 as sign, exponent and mantissa, with these bits inverted: mu-law 0xff, A-law 0x55. Without the bias that the
// standard adds: for tests of storing it, not of hearing it.
inline Bytes companded(Voice& voice, int count, unsigned inverted) {
  Bytes octets;
  for (int i = 0; i < count; ++i) {
    const int sample = voice.next();
    unsigned magnitude = static_cast<unsigned>(sample < 0 ? -sample : sample) + 132;
    unsigned exponent = 7;
    while (exponent > 0 && (magnitude & (0x80u << exponent)) == 0) --exponent;
    octets.push_back(
        static_cast<char>(((sample < 0 ? 0x80u : 0u) | exponent << 4 | (magnitude >> (exponent + 3) & 15)) ^ inverted));
  }
  return octets;
}

// `frames` of 20 ms on five channels: 16-bit samples, mu-law, A-law, and both of a call as JSON.
inline Trace sound_trace(int frames) {
  Trace trace;
  trace.metadata = {{"origin", "golden"}};
  const auto declare = [&](ChannelKind kind, const char* name, const char* encoding, std::uint32_t rate) {
    return trace.declare({.kind = kind, .name = name, .encoding = encoding, .rate = rate});
  };
  const ChannelId agent = declare(ChannelKind::audio, "agent.audio", "pcm16", 24'000);
  const ChannelId caller = declare(ChannelKind::audio, "caller.audio", "mulaw", 8000);
  const ChannelId european = declare(ChannelKind::audio, "european.audio", "alaw", 8000);
  const ChannelId model = declare(ChannelKind::model, "model", "openai-realtime", 0);
  const ChannelId line = declare(ChannelKind::caller, "line", "twilio", 0);
  Voice wide;
  Voice narrow;
  for (int frame = 0; frame < frames; ++frame) {
    const VirtualTime at = VirtualTime{} + milliseconds(20 * frame);
    const Bytes samples = samples_of(wide, 480);
    const Bytes codes = companded(narrow, 160, 0xff);
    trace.add(make_event({.at = at, .channel = agent, .direction = Direction::from_agent}, Audio{.samples = samples}));
    trace.add(make_event({.at = at, .channel = caller, .direction = Direction::to_agent}, Audio{.samples = codes}));
    trace.add(make_event({.at = at, .channel = european}, Audio{.samples = companded(narrow, 160, 0x55)}));
    trace.add(make_event({.at = at, .channel = model, .direction = Direction::to_agent},
                         Message{.text = R"({"type":"response.output_audio.delta","delta":")" +
                                         base64_encode(samples_of(wide, 480)) + "\"}"}));
    trace.add(make_event({.at = at, .channel = line, .direction = Direction::to_agent},
                         Message{.text = R"({"event":"media","media":{"chunk":")" + std::to_string(frame) +
                                         R"(","payload":")" + base64_encode(codes) + "\"}}"}));
  }
  return trace;
}

}  // namespace ringback::trace
