#include "tests/bench/workloads.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "src/base/base64.h"
#include "src/trace/little_endian.h"

namespace ringback::bench {
namespace {

// Half of it tones that come and go, as voices do, over noise that is never quite zero.
std::int16_t sample(std::int64_t index, int rate, Dice& dice) {
  const double second = static_cast<double>(index) / rate;
  const bool speaks = std::fmod(second, 5.0) < 2.4;
  double value = static_cast<double>(dice.below(17)) - 8;
  if (speaks) {
    const double loud = 3000 * (1.2 + std::sin(second * 9.1));
    for (const double tone : {131.0, 262.0, 523.0, 1310.0, 2417.0}) {
      value += loud / (tone / 90) * std::sin(second * tone * 6.2832);
    }
    value += static_cast<double>(dice.below(301)) - 150;
  }
  return static_cast<std::int16_t>(std::clamp(value, -32000.0, 32000.0));
}

char mulaw(std::int16_t value) {
  int magnitude = std::min(std::abs(static_cast<int>(value)), 32635) + 132;
  int exponent = 7;
  while (exponent > 0 && (magnitude & (0x80 << exponent)) == 0) --exponent;
  const int code = exponent << 4 | (magnitude >> (exponent + 3) & 15);
  return static_cast<char>(~(code | (value < 0 ? 0x80 : 0)));
}

Workload call(bool as_json) {
  Workload workload{.name = as_json ? "call as JSON" : "call raw", .is_text = as_json, .events = {}};
  Dice dice;
  for (std::int64_t frame = 0; frame < 30'000; ++frame) {
    const std::int64_t ns = frame * 20'000'000 + static_cast<std::int64_t>(dice.below(1'000'000));
    Bytes caller;
    Bytes agent;
    for (std::int64_t i = 0; i < 160; ++i) caller.push_back(mulaw(sample(frame * 160 + i, 8000, dice)));
    for (std::int64_t i = 0; i < 480; ++i) {
      trace::append_little_endian(sample(frame * 480 + i + 1'000'000, 24'000, dice), agent);
    }
    if (as_json) {
      caller = fmt::format(R"({{"event":"media","sequenceNumber":"{}","media":{{"track":"inbound","chunk":"{}",)"
                           R"("timestamp":"{}","payload":"{}"}},"streamSid":"MZ0123456789abcdef"}})",
                           frame + 2, frame + 1, frame * 20, base64_encode(caller));
      agent =
          fmt::format(R"({{"type":"response.output_audio.delta","event_id":"event_{:021}","response_id":"resp_001",)"
                      R"("item_id":"item_004","output_index":0,"content_index":0,"delta":"{}"}})",
                      frame, base64_encode(agent));
    }
    workload.events.push_back(event_at(ns, 1, std::move(caller)));
    workload.events.push_back(event_at(ns + 3'000'000, 2, std::move(agent)));
    if (frame % 15 == 0) workload.events.push_back(event_at(ns + 4'000'000, 3, delta_json(dice)));
    if (frame % 700 == 0) workload.events.push_back(event_at(ns + 5'000'000, kSparseChannel, Bytes(1500, 'r')));
  }
  return workload;
}

}  // namespace

Workload raw_call() { return call(false); }
Workload json_call() { return call(true); }

Workload texts() {
  Workload workload{.name = "a million texts", .is_text = true, .events = {}};
  Dice dice;
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    const trace::ChannelId channel = i % 5000 == 0 ? kSparseChannel : static_cast<trace::ChannelId>(1 + dice.below(3));
    workload.events.push_back(
        event_at(i * 600'000 + static_cast<std::int64_t>(dice.below(400'000)), channel,
                 channel == 3 ? fmt::format(R"({{"metric":"vad","value":{}}})", dice.below(1000)) : delta_json(dice)));
  }
  return workload;
}

Bytes delta_json(Dice& dice) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const auto id = [&](const char* prefix) {
    Bytes text = prefix;
    for (int i = 0; i < 21; ++i) text.push_back(kLetters[dice.below(kLetters.size())]);
    return text;
  };
  constexpr std::array kWords = {" the", " appointment", " is", " on", " Monday", " at", " ten", " o'clock", " please"};
  return fmt::format(R"({{"type":"response.output_audio_transcript.delta","event_id":"{}","response_id":"resp_001",)"
                     R"("item_id":"item_004","output_index":0,"content_index":0,"delta":"{}"}})",
                     id("event_"), kWords[dice.below(kWords.size())]);
}

trace::Event event_at(std::int64_t ns, trace::ChannelId channel, Bytes payload) {
  return trace::make_event(
      {.at = VirtualTime::from_ns(ns), .channel = channel, .direction = trace::Direction::to_agent},
      trace::Octets{.data = std::move(payload)});
}

}  // namespace ringback::bench
