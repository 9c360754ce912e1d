#include <algorithm>
#include <array>

#include "src/audio/format.h"
#include "src/base/error.h"
#include "src/base/io.h"
#include "src/formats/wav.h"

namespace ringback::formats {
namespace {

using trace::Direction;

struct Wav {
  audio::Format format;
  std::size_t channels = 1;
  BytesView samples;
  std::size_t bytes_stated = 0;  // of samples, by the header
};

bool is_wav(BytesView data) { return data.size() >= 12 && data.starts_with("RIFF") && data.substr(8, 4) == "WAVE"; }

class WavReader {
 public:
  WavReader(std::string_view name, BytesView data) : name_(name), data_(data) {}

  Wav read() {
    if (!is_wav(data_)) refuse(0, "a RIFF file of type WAVE");
    Wav wav;
    bool has_format = false;
    std::size_t at = 12;
    while (data_.size() - at >= 8) {
      const BytesView kind = data_.substr(at, 4);
      const std::size_t stated = number(at + 4, 4);
      const std::size_t begin = at + 8;
      if (kind == "data") {
        if (!has_format) refuse(at, "\"fmt \" before \"data\"");
        // Recorders that were stopped leave a size that is too large: wav_without_end says so.
        wav.samples = data_.substr(begin, stated);
        wav.bytes_stated = stated;
        const std::size_t frame = audio::bytes_per_sample(wav.format) * wav.channels;
        wav.samples.remove_suffix(wav.samples.size() % frame);
        if (wav.samples.empty()) refuse(at, "at least one sample");
        return wav;
      }
      if (stated > data_.size() - begin) refuse(at, "a chunk that ends within the file");
      if (kind == "fmt ") {
        read_format(begin, stated, wav);
        has_format = true;
      }
      at = std::min(data_.size(), begin + stated + stated % 2);
    }
    refuse(at, "a chunk \"data\"");
  }

 private:
  [[noreturn]] void refuse(std::size_t at, std::string_view expected) const {
    fail("{}: byte {}: expected {}, found something else", name_, at, expected);
  }

  std::size_t number(std::size_t at, std::size_t bytes) const {
    std::size_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data_[at + i]);
    return value;
  }

  void read_format(std::size_t at, std::size_t bytes, Wav& wav) const {
    if (bytes < 16) refuse(at, "a format of at least 16 bytes");
    std::size_t code = number(at, 2);
    constexpr std::size_t kExtensible = 0xFFFE;
    if (code == kExtensible && bytes >= 40) code = number(at + 24, 2);
    wav.channels = number(at + 2, 2);
    const std::size_t rate = number(at + 4, 4);
    const std::size_t bits = number(at + 14, 2);
    if (wav.channels != 1 && wav.channels != 2) {
      fail("{}: byte {}: expected one or two channels, found {}", name_, at + 2, wav.channels);
    }
    const char* encoding = nullptr;
    if (code == 1 && bits == 16) encoding = "pcm16le";
    if (code == 7 && bits == 8) encoding = "mulaw";
    if (code == 6 && bits == 8) encoding = "alaw";
    if (encoding == nullptr) {
      fail("{}: byte {}: expected PCM of 16 bits, mu-law or A-law, found format {} of {} bits", name_, at, code, bits);
    }
    try {
      wav.format = audio::format_of(encoding, static_cast<std::uint32_t>(rate));
    } catch (const Error& error) {
      fail("{}: byte {}: {}", name_, at + 4, error.what());
    }
  }

  std::string name_;
  BytesView data_;
};

// Every `channels`th sample from `channel` on.
Bytes one_track(const Wav& wav, std::size_t channel) {
  if (wav.channels == 1) return Bytes(wav.samples);
  const std::size_t width = audio::bytes_per_sample(wav.format);
  Bytes track;
  track.reserve(wav.samples.size() / wav.channels);
  for (std::size_t at = channel * width; at + width <= wav.samples.size(); at += wav.channels * width) {
    track.append(wav.samples.substr(at, width));
  }
  return track;
}

// The events of a track in frames of 20 ms.
std::vector<trace::Event> frames_of(BytesView track, const audio::Format& format, trace::ChannelId channel,
                                    Direction direction) {
  std::vector<trace::Event> events;
  const std::size_t frame = audio::frame_bytes(format);
  for (std::size_t at = 0; at < track.size(); at += frame) {
    const VirtualTime when = VirtualTime() + audio::duration_of(at, format);
    events.push_back(trace::make_event({.at = when, .channel = channel, .direction = direction},
                                       trace::Audio{.samples = Bytes(track.substr(at, frame))}));
  }
  return events;
}

struct Track {
  const char* name;
  Direction direction;
};
constexpr std::array<Track, 2> kTracks = {
    {{"caller.audio", Direction::to_agent}, {"agent.audio", Direction::from_agent}}};

// What `base` has besides declarations and facts, which come anew before everything else.
trace::Trace merge(const std::string& name, const Wav& wav, const trace::Trace& base) {
  trace::Trace merged;
  merged.metadata = base.metadata;
  for (const trace::Channel& channel : base.channels.channels()) {
    for (std::size_t i = 0; i < wav.channels; ++i) {
      if (channel.name == kTracks[i].name) {
        fail("{}: expected a trace without a channel {}, found one that has it", name, channel.name);
      }
    }
    merged.declare(channel);
  }
  std::vector<trace::Event> events;
  for (std::size_t i = 0; i < wav.channels; ++i) {
    const trace::ChannelId id = merged.declare({.kind = trace::ChannelKind::audio,
                                                .name = kTracks[i].name,
                                                .encoding = std::string(audio::name_of(wav.format.encoding)),
                                                .rate = wav.format.rate});
    const std::vector<trace::Event> frames = frames_of(one_track(wav, i), wav.format, id, kTracks[i].direction);
    events.insert(events.end(), frames.begin(), frames.end());
  }
  trace::RecordingFacts facts = base.facts();
  if (facts.source.empty()) facts.source = "wav";
  facts.audio = wav.channels == 2 ? "" : "caller";
  merged.add(trace::make_event({}, facts));
  for (const trace::Event& event : base.events) {
    const bool is_anew =
        event.kind == trace::EventKind::channel_declared || event.kind == trace::EventKind::recording_facts;
    if (!is_anew) events.push_back(event);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const trace::Event& a, const trace::Event& b) { return a.at < b.at; });
  for (trace::Event& event : events) merged.add(std::move(event));
  return merged;
}

}  // namespace

namespace {

// Whoever writes to a pipe cannot know the length, and states one near the greatest.
std::string wav_without_end(BytesView data) {
  constexpr std::size_t kUnknownFrom = 0x7FFF'0000;
  const Wav wav = WavReader("", data).read();
  const std::size_t frame = audio::bytes_per_sample(wav.format) * wav.channels;
  if (wav.bytes_stated >= kUnknownFrom || wav.bytes_stated / frame * frame <= wav.samples.size()) return {};
  return fmt::format("the header states {} bytes of sound, the file has {}", wav.bytes_stated, wav.samples.size());
}

}  // namespace

trace::Trace import_wav(std::span<const ImportInput> inputs) {
  if (inputs.empty() || inputs.size() > 2) {
    fail("wav: expected a WAV file and at most one trace after it, found {} files", inputs.size());
  }
  const Wav wav = WavReader(inputs[0].name, inputs[0].data).read();
  if (inputs.size() == 1) return merge(inputs[0].name, wav, {});
  MemorySource source(inputs[1].name, inputs[1].data);
  return merge(inputs[1].name, wav, trace::read_trace(source));
}

Importer wav_importer() {
  return {.name = "wav",
          .description = "the sound of a call: the caller's, or caller left and agent right",
          .detect = [](BytesView head, std::string_view) { return is_wav(head); },
          .read = import_wav,
          .missing_end = wav_without_end,
          .is_trace = true};
}

}  // namespace ringback::formats
