// A small world around a program: what the tests and shim-run share.
//
// Every name resolves but those that begin with "missing". By port: 7 echoes after 10 ms; 9 accepts and never reads; 81
// never answers; 82 accepts after 1 s; 83 resets at the first octets; 84 says "bye" and closes; every other one is
// refused. A port that the program listens on is called once, 100 ms later, by 203.0.113.5:5555, which says "ping".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ringback/shim/session.h"

namespace ringback::shim {

struct Outcome {
  std::string output;
  std::string events;  // one line for each occurrence, with its time
  std::vector<std::string> taints;
  std::string hang;  // the stack
  int status = -1;   // of the first process
  int signal = 0;
  std::int64_t virtual_ns = 0;
  double wall_s = 0;
  bool ended = false;  // by itself
  Counters counters;
  Facts facts;
};

// Events of ours, by virtual time.
class World final {
 public:
  explicit World(Session& session) : session_(session) {}
  void handle(const Occurrence& occurrence, std::int64_t now_ns, Outcome& outcome);
  void at(std::int64_t time_ns, std::function<void()> what) { events_.emplace(time_ns, std::move(what)); }
  std::int64_t next() const { return events_.empty() ? kNever : events_.begin()->first; }
  void run_until(std::int64_t now_ns);

 private:
  void connect(const Connect& connect, std::int64_t now_ns);
  void data(const Data& data, std::int64_t now_ns);

  Session& session_;
  std::multimap<std::int64_t, std::function<void()>> events_;
  std::map<Id, std::uint16_t> ports_;
};

// What is to happen besides, before the first turn: `prepare(session, world)`.
using Prepare = std::function<void(Session&, World&)>;

Outcome run(const Launch& launch, std::int64_t limit_ns = kNever, const Prepare& prepare = nullptr);

}  // namespace ringback::shim
