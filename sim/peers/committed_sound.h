// The sound that a client commits by hand: what it depends on is what was audible, not how much silence there was.
#pragma once

#include "src/audio/format.h"
#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/time.h"

namespace ringback::sim {

class CommittedSound {
 public:
  void feed(BytesView samples, const audio::Format& format);
  void clear();
  Duration buffered() const { return buffered_; }
  Hash128 content() const { return audible_.value(); }

 private:
  Bytes partial_;  // shorter than one frame
  Duration buffered_;
  Chain audible_;
};

}  // namespace ringback::sim
