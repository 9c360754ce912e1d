#include "src/audio/format.h"

#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::audio {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

namespace {

bool is_known_rate(std::uint32_t rate) { return rate >= kRateMin && rate <= kRateMax && rate % 50 == 0; }

std::optional<Encoding> encoding_named(std::string_view name) {
  for (const Encoding each : {Encoding::mulaw, Encoding::alaw, Encoding::pcm16le}) {
    if (name_of(each) == name) return each;
  }
  return std::nullopt;
}

}  // namespace

Format format_of(std::string_view encoding_name, std::uint32_t rate) {
  const std::optional<Encoding> encoding = encoding_named(encoding_name);
  if (!encoding.has_value()) {
    const std::string nearest = nearest_word(encoding_name, {"mulaw", "alaw", "pcm16le"});
    fail("audio encoding: expected mulaw, alaw or pcm16le, found \"{}\"{}", encoding_name,
         nearest.empty() ? std::string() : "; did you mean " + nearest + "?");
  }
  if (!is_known_rate(rate)) {
    fail("audio rate: expected a multiple of 50 from {} to {} samples a second, found {}", kRateMin, kRateMax, rate);
  }
  return {.encoding = *encoding, .rate = rate};
}

std::optional<Format> known_format(std::string_view encoding_name, std::uint32_t rate) {
  const std::optional<Encoding> encoding = encoding_named(encoding_name);
  if (!encoding.has_value() || !is_known_rate(rate)) return std::nullopt;
  return Format{.encoding = *encoding, .rate = rate};
}

std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::mulaw:
      return "mulaw";
    case Encoding::alaw:
      return "alaw";
    case Encoding::pcm16le:
      return "pcm16le";
  }
  return "";
}

std::size_t bytes_per_sample(Encoding encoding) { return encoding == Encoding::pcm16le ? 2 : 1; }

std::size_t frame_bytes(const Format& format) { return format.rate / 50 * bytes_per_sample(format); }

Duration duration_of(std::size_t bytes, const Format& format) {
  const std::size_t samples = bytes / bytes_per_sample(format);
  const std::int64_t rate = format.rate;
  const std::int64_t whole_seconds = static_cast<std::int64_t>(samples / format.rate);
  const std::int64_t rest = static_cast<std::int64_t>(samples % format.rate);
  return seconds(whole_seconds) + nanoseconds(rest * kNsPerSecond / rate);
}

std::size_t bytes_for(Duration duration, const Format& format) {
  if (duration <= Duration()) return 0;
  const std::int64_t rate = format.rate;
  const std::int64_t whole_seconds = duration.ns() / kNsPerSecond;
  const std::int64_t rest_ns = duration.ns() % kNsPerSecond;
  const std::int64_t samples = whole_seconds * rate + rest_ns * rate / kNsPerSecond;
  return static_cast<std::size_t>(samples) * bytes_per_sample(format);
}

Bytes silence(std::size_t bytes, const Format& format) {
  switch (format.encoding) {
    case Encoding::mulaw:
      return Bytes(bytes, '\xFF');
    case Encoding::alaw:
      return Bytes(bytes, '\xD5');
    case Encoding::pcm16le:
      break;
  }
  return Bytes(bytes, '\0');
}

}  // namespace ringback::audio
