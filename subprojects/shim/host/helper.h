// A process of the run that the library could not be loaded into: linked statically, most of them. It runs on the real
// clock, and so it goes in turn with the others all the more strictly: it is stopped while they go, and they wait until
// it is at rest, which is when every thread of it and of its children waits in the kernel for something that others do.
//
//   Helper helper(pid);
//   helper.go_on();
//   while (!helper.is_at_rest()) ...   // look again in a moment
//   helper.stop();                     // nothing in it goes on until the next go_on()
//
// Read from /proc. A thread is looked at twice, and nothing was missed where none was switched between the two.
#pragma once

#include <cstdint>
#include <map>
#include <set>

namespace ringback::shim {

class Helper final {
 public:
  explicit Helper(int pid) : pid_(pid) {}

  void go_on();
  // False also where the kernel does not let us look.
  bool is_at_rest();
  void stop();
  // It read or wrote something since this was asked last.
  bool has_moved_octets();
  void send(int signal) const;  // to it and its children

 private:
  using Switches = std::map<int, std::uint64_t>;  // by thread
  bool look(int pid, Switches& seen);
  bool all_stopped() const;

  int pid_;
  std::set<int> processes_;  // it and its children, as the last look found them
  Switches last_;
  std::uint64_t octets_ = 0;
};

}  // namespace ringback::shim
