// An attempt to connect that is under way, known to its peer for as long as the task that makes it lives.
#pragma once

#include "sim/kernel/wait.h"

namespace ringback::sim {

// Forgets an attempt to connect with the task that made it.
class ConnectGuard {
 public:
  ConnectGuard(Mailbox<bool>*& connecting, Mailbox<bool>& outcome) : connecting_(connecting) { connecting_ = &outcome; }
  ConnectGuard(const ConnectGuard&) = delete;
  ConnectGuard& operator=(const ConnectGuard&) = delete;
  ~ConnectGuard() { connecting_ = nullptr; }

 private:
  Mailbox<bool>*& connecting_;
};

}  // namespace ringback::sim
