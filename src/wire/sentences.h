// Text that comes piece by piece, as whole sentences: what a cascaded agent hands to text-to-speech.
//
// A sentence ends behind a full stop, a question mark or an exclamation mark that white space follows.
#pragma once

#include <vector>

#include "src/base/bytes.h"

namespace ringback::wire {

class Sentences {
 public:
  // The sentences that this piece completes, without white space around them.
  std::vector<Bytes> take(BytesView piece);
  // What is left, where that is not empty.
  std::vector<Bytes> finish();
  void clear() { open_.clear(); }

 private:
  Bytes open_;
};

}  // namespace ringback::wire
