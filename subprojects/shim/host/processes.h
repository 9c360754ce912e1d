// The processes of a run: one goes at a time, until all of them are idle at one virtual time.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/block.h"
#include "host/helper.h"
#include "host/network.h"

namespace ringback::shim {

class Processes final {
 public:
  // `trace`: where the lines of the processes go; may be null.
  Processes(Block& block, Network& network, std::int64_t hang_after_ms, int trace_file);
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // The first process was started; it waits for its first turn.
  void begin(int real_pid);

  // Gives every process that may go on its turn, at now_ns, again and again until all are idle. `everyone`: whatever
  // they wait for may have happened.
  void run_until_idle(std::int64_t& now_ns, std::int64_t next_event_ns, bool everyone, std::vector<Occurrence>& out);
  std::uint64_t earliest_deadline() const;
  bool any_alive() const { return !living_.empty(); }

  void signal(int signal, std::int32_t pid);
  void kill_all(std::vector<Occurrence>& out);

  std::uint64_t schedule_hash() const { return schedule_hash_; }
  std::uint64_t round_trips() const { return round_trips_; }
  std::uint64_t processes() const { return count_; }
  ShimCounters counters() const;
  bool openssl_hooked() const { return openssl_hooked_; }

 private:
  struct Known {
    std::int32_t pid = 0;  // 0: the page was not seen in use
    File handle;           // pidfd
    bool needs_turn = false;
    std::optional<Helper> helper;  // where it is one
  };
  enum class Returned { turn, died, hung };

  ShimPage& page(int at) { return block_.run().pages[at]; }
  const ShimPage& page(int at) const { return block_.run().pages[at]; }
  bool is_alive(int at) const { return known_[at].pid != 0; }
  void give_everyone_a_turn();
  void see_new_pages();
  int next_in_need() const;
  void give_turn(int at, std::int64_t now_ns, std::int64_t next_event_ns);
  Returned wait_for_turn(int at);
  Returned wait_for_rest(int at);
  bool has_died(int at) const;
  void take_turn_back(int at, std::vector<Occurrence>& out);
  void await_death(int at);
  void bury(int at, std::vector<Occurrence>& out);
  void bury_the_killed(std::vector<Occurrence>& out);
  void hang(int at, std::vector<Occurrence>& out);
  void write_trace(ShimPage& from);

  Block& block_;
  Network& network_;
  std::int64_t hang_after_ms_;
  int trace_file_;
  std::array<Known, SHIM_PROCESSES_MAX> known_;
  std::vector<int> living_;    // of them, those in use, ascending: a hop looks at no other page
  std::int32_t next_pid_ = 0;  // the next one to be given when all pages had been seen
  int current_ = 0;
  std::int32_t first_pid_ = 0;
  std::uint64_t schedule_hash_ = 0;
  std::uint64_t round_trips_ = 0;
  std::uint64_t count_ = 0;
  ShimCounters of_the_dead_{};
  bool openssl_hooked_ = false;
};

}  // namespace ringback::shim
