// One connection of the child as the simulator's side sees it: somewhere to write, and ways to end it.
#pragma once

#include "src/base/bytes.h"

namespace ringback::process {

class Line {
 public:
  virtual ~Line() = default;
  virtual void write(BytesView octets) = 0;
  // We send no more: the child reads an end after what was written.
  virtual void finish() = 0;
  // Both directions, in an orderly way.
  virtual void close() = 0;
  // The child's next read or write fails with "connection reset".
  virtual void reset() = 0;
};

}  // namespace ringback::process
