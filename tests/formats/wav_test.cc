#include "src/formats/wav.h"

#include <catch2/catch.hpp>

#include "src/audio/g711.h"
#include "src/base/error.h"

namespace ringback::formats {
namespace {

using Catch::Matchers::Contains;
using trace::Direction;

Bytes number(std::uint64_t value, int bytes) {
  Bytes out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

Bytes wav_of(int code, int channels, int rate, int bits, BytesView samples) {
  const int frame = channels * bits / 8;
  return "RIFF" + number(36 + samples.size(), 4) + "WAVEfmt " + number(16, 4) + number(code, 2) + number(channels, 2) +
         number(rate, 4) + number(rate * frame, 4) + number(frame, 2) + number(bits, 2) + "data" +
         number(samples.size(), 4) + Bytes(samples);
}

Bytes pcm(const std::vector<int>& samples) {
  Bytes out;
  for (const int sample : samples) out += number(static_cast<std::uint16_t>(sample), 2);
  return out;
}

trace::Trace import_one(const Bytes& data) {
  const ImportInput input{.name = "a.wav", .data = data};
  return import_wav({&input, 1});
}

Bytes exported(const trace::Trace& trace) {
  MemorySink sink;
  export_wav(trace, sink);
  return sink.data();
}

// Left and right samples of a file that export_wav wrote.
std::vector<int> side(const Bytes& wav, std::size_t which) {
  std::vector<int> samples;
  for (std::size_t at = 44 + 2 * which; at + 1 < wav.size(); at += 4) {
    samples.push_back(
        static_cast<std::int16_t>(static_cast<unsigned char>(wav[at]) | static_cast<unsigned char>(wav[at + 1]) << 8));
  }
  return samples;
}

}  // namespace

TEST_CASE("a mono file is the caller, a stereo file the caller and the agent") {
  const trace::Trace mono = import_one(wav_of(7, 1, 8000, 8, Bytes(250, '\x7f')));
  REQUIRE(mono.channels.channels().size() == 1);
  CHECK(mono.channels.channels()[0].name == "caller.audio");
  CHECK(mono.channels.channels()[0].encoding == "mulaw");
  CHECK(mono.events.size() == 2 + 2);
  CHECK(mono.duration() == milliseconds(20));
  CHECK(mono.facts().audio == "caller");

  const trace::Trace stereo = import_one(wav_of(1, 2, 1000, 16, pcm({1, -1, 2, -2})));
  REQUIRE(stereo.events.size() == 3 + 2);
  CHECK(trace::body_of<trace::Audio>(stereo.events[3]).samples == pcm({1, 2}));
  CHECK(trace::body_of<trace::Audio>(stereo.events[4]).samples == pcm({-1, -2}));
  CHECK(stereo.events[4].direction == Direction::from_agent);
  CHECK(stereo.facts().audio.empty());
}

TEST_CASE("sound is put into the trace that is given with it, once") {
  trace::Trace base;
  base.metadata["origin"] = "test";
  const trace::ChannelId caller = base.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  base.add(trace::make_event({}, trace::RecordingFacts{.source = "x", .audio = "none"}));
  base.add(
      trace::make_event({.at = VirtualTime::from_ns(15'000'000), .channel = caller, .direction = Direction::to_agent},
                        trace::Text{.text = "hi"}));
  MemorySink file;
  trace::write_trace(base, file);
  std::vector<ImportInput> inputs = {{.name = "a.wav", .data = wav_of(7, 1, 8000, 8, Bytes(320, '\x10'))},
                                     {.name = "b.rbt", .data = file.data()}};
  const trace::Trace merged = import_wav(inputs);
  REQUIRE(merged.events.size() == 3 + 3);
  CHECK(merged.events[4].kind == trace::EventKind::text);
  CHECK(merged.facts().source == "x");
  CHECK(merged.metadata.at("origin") == "test");

  MemorySink again;
  trace::write_trace(merged, again);
  inputs[1].data = again.data();
  CHECK_THROWS_WITH(import_wav(inputs), Contains("b.rbt: expected a trace without a channel caller.audio"));
}

TEST_CASE("a WAV file that is damaged or of another kind is refused with the byte") {
  const Bytes good = wav_of(1, 1, 8000, 16, pcm({1, 2, 3}));
  CHECK_THROWS_WITH(import_one("RIFX"), Contains("a.wav: byte 0: expected a RIFF file"));
  CHECK_FALSE(wav_importer().detect("RIFF", "a.wav"));
  CHECK_THROWS_WITH(import_one(wav_of(3, 1, 8000, 32, Bytes(8, 'x'))),
                    Contains("a.wav: byte 20: expected PCM of 16 bits"));
  CHECK_THROWS_WITH(import_one(wav_of(1, 3, 8000, 16, Bytes(12, 'x'))), Contains("one or two channels, found 3"));
  CHECK_THROWS_WITH(import_one(wav_of(1, 1, 11025, 16, Bytes(12, 'x'))), Contains("a.wav: byte 24: audio rate"));
  CHECK_THROWS_WITH(import_one(wav_of(1, 1, 8000, 16, "")), Contains("expected at least one sample"));
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    try {
      import_one(good.substr(0, cut));
      CHECK(cut > 44);
    } catch (const Error& error) {
      CHECK(std::string(error.what()).starts_with("a.wav: byte"));
    }
  }
}

TEST_CASE("the exported call has the caller left as it came, and the agent right as it was heard") {
  trace::Trace call;
  const trace::ChannelId caller =
      call.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "pcm16le", .rate = 1000});
  const trace::ChannelId agent =
      call.declare({.kind = trace::ChannelKind::audio, .name = "agent.audio", .encoding = "pcm16le", .rate = 1000});
  const trace::ChannelId control = call.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto at = [](std::int64_t ms) { return VirtualTime() + milliseconds(ms); };
  call.add(trace::make_event({.at = at(0), .channel = agent, .direction = Direction::from_agent},
                             trace::Audio{.samples = pcm(std::vector<int>(100, 7))}));
  call.add(trace::make_event({.at = at(10), .channel = caller, .direction = Direction::to_agent},
                             trace::Audio{.samples = pcm({5, 6})}));
  call.add(trace::make_event({.at = at(60), .channel = control, .direction = Direction::from_agent}, trace::Clear{}));
  const Bytes wav = exported(call);
  const std::vector<int> left = side(wav, 0);
  const std::vector<int> right = side(wav, 1);
  REQUIRE(left.size() == 60);
  CHECK(left[9] == 0);
  CHECK(left[10] == 5);
  CHECK(left[11] == 6);
  CHECK(left[12] == 0);
  // It plays from 40 ms on, and is cleared at 60 ms.
  CHECK(right[39] == 0);
  CHECK(right[40] == 7);
  CHECK(right[59] == 7);
  CHECK(exported(call) == wav);
  const trace::Trace back = import_one(wav);
  CHECK(back.channels.channels().size() == 2);
}

TEST_CASE("a trace without sound has no WAV") {
  trace::Trace silent;
  MemorySink sink;
  CHECK_THROWS_WITH(export_wav(silent, sink), Contains("expected a trace with sound"));
}

}  // namespace ringback::formats
