// Octets that come over a slow line: piece by piece, evenly, until somebody says that all of them are there.
//
//   Drip drip(kernel, lane, [&](BytesView octets) { connection.send(octets); });
//   drip.begin(octets, seconds(3));
//   drip.finish();                // sends what is left
#pragma once

#include <functional>

#include "sim/kernel/wait.h"
#include "src/base/bytes.h"

namespace ringback::process {

class Drip {
 public:
  using Send = std::function<void(BytesView octets)>;
  // `kernel` and `lane` outlive the drip.
  Drip(sim::Kernel& kernel, sim::Lane& lane, Send send);

  // The last piece waits for finish(). Nothing else has begun.
  void begin(Bytes octets, Duration spread);
  // Sends the rest at once; does nothing where nothing is left.
  void finish();
  // What has begun is of no interest any more.
  void forget();
  bool has_begun() const { return !octets_.empty(); }
  // Something of it is still to come.
  bool is_open() const { return sent_ < octets_.size(); }

 private:
  void schedule_next();
  void send_next();

  sim::Kernel& kernel_;
  sim::Lane& lane_;
  Send send_;
  Bytes octets_;
  std::size_t sent_ = 0;
  VirtualTime began_;
  Duration spread_;
  std::int64_t pieces_ = 1;
  std::int64_t piece_ = 0;  // of them sent
  sim::ScopedTimer timer_;
};

}  // namespace ringback::process
