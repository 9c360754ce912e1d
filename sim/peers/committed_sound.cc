#include "sim/peers/committed_sound.h"

#include "src/audio/level.h"

namespace ringback::sim {

void CommittedSound::feed(BytesView samples, const audio::Format& format) {
  buffered_ += audio::duration_of(samples.size(), format);
  const std::size_t whole = audio::frame_bytes(format);
  partial_.append(samples);
  BytesView rest = partial_;
  for (; rest.size() >= whole; rest.remove_prefix(whole)) {
    const BytesView frame = rest.substr(0, whole);
    if (audio::is_audible(frame, format)) audible_.add(frame);
  }
  partial_ = Bytes(rest);
}

void CommittedSound::clear() { *this = CommittedSound(); }

}  // namespace ringback::sim
