// Runs a program under the library, with a small world around it: names resolve, port 7 echoes after 10 ms, everything
// else is refused. Prints what happened; for trying things by hand, and for the benchmarks.
//
//   shim-run [--seed N] [--trace FILE] [--aslr] [--no-look-ahead] [--leak entropy|openssl|tsc] [--limit SECONDS] --
//   COMMAND...
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "ringback/shim/session.h"

extern char** environ;

namespace {

using namespace ringback::shim;

struct Options {
  Launch launch;
  std::int64_t limit_ns = kNever;
};

Options parse(int count, char** words) {
  Options options;
  int at = 1;
  const auto next = [&] { return at + 1 < count ? std::string(words[++at]) : std::string(); };
  for (; at < count && std::string(words[at]) != "--"; ++at) {
    const std::string word = words[at];
    if (word == "--seed")
      options.launch.seed = std::stoull(next());
    else if (word == "--trace")
      options.launch.trace_file = next();
    else if (word == "--aslr")
      options.launch.address_space = AddressSpace::randomised;
    else if (word == "--no-look-ahead")
      options.launch.look_ahead = false;
    else if (word == "--hang-ms")
      options.launch.hang_after_ms = std::stoll(next());
    else if (word == "--limit")
      options.limit_ns = std::stoll(next()) * 1'000'000'000;
    else if (word == "--leak") {
      const std::string leak = next();
      if (leak == "entropy") options.launch.leaks.entropy = true;
      if (leak == "openssl") options.launch.leaks.openssl = true;
      if (leak == "tsc") options.launch.leaks.time_stamp = true;
    } else {
      std::fprintf(stderr, "shim-run: unknown option %s\n", word.c_str());
      std::exit(2);
    }
  }
  for (++at; at < count; ++at) options.launch.command.push_back(words[at]);
  for (char** entry = environ; *entry; ++entry) {
    const std::string line = *entry;
    const std::size_t sign = line.find('=');
    options.launch.environment.emplace_back(line.substr(0, sign), line.substr(sign + 1));
  }
  return options;
}

class World {
 public:
  explicit World(Session& session) : session_(session) {}

  void handle(const Occurrence& occurrence, std::int64_t now) {
    if (const auto* connect = std::get_if<Connect>(&occurrence)) {
      std::fprintf(stderr, "%.6f connect %u %s:%u\n", seconds(now), connect->id, connect->host.c_str(), connect->port);
      if (connect->port == 7)
        session_.accept(connect->id);
      else
        session_.refuse(connect->id);
    }
    if (const auto* resolve = std::get_if<Resolve>(&occurrence)) {
      std::fprintf(stderr, "%.6f resolve %s\n", seconds(now), resolve->name.c_str());
      session_.answer(resolve->id);
    }
    if (const auto* data = std::get_if<Data>(&occurrence))
      echoes_.emplace(now + 10'000'000, std::pair(data->id, data->octets));
    if (const auto* end = std::get_if<EndOfStream>(&occurrence)) session_.close(end->id);
    if (const auto* taint = std::get_if<Taint>(&occurrence)) std::fprintf(stderr, "taint: %s\n", taint->what.c_str());
    if (const auto* hang = std::get_if<Hang>(&occurrence)) std::fprintf(stderr, "HANG\n%s", hang->stack.c_str());
    if (const auto* listen = std::get_if<Listen>(&occurrence))
      std::fprintf(stderr, "%.6f listen %u\n", seconds(now), listen->port);
    if (const auto* exit = std::get_if<Exit>(&occurrence))
      std::fprintf(stderr, "%.6f exit %d status %d signal %d\n", seconds(now), exit->pid, exit->status, exit->signal);
  }

  std::int64_t next() const { return echoes_.empty() ? kNever : echoes_.begin()->first; }
  void run(std::int64_t now) {
    while (!echoes_.empty() && echoes_.begin()->first <= now) {
      session_.write(echoes_.begin()->second.first, echoes_.begin()->second.second);
      echoes_.erase(echoes_.begin());
    }
  }

 private:
  static double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }
  Session& session_;
  std::multimap<std::int64_t, std::pair<Id, std::string>> echoes_;
};

int run(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  Session session(options.launch);
  World world(session);
  std::int64_t now = 0;
  for (;;) {
    const Turn turn = session.resume(now, world.next());
    for (const Occurrence& occurrence : turn.occurrences) world.handle(occurrence, turn.now_ns);
    now = turn.now_ns;
    if (turn.exited) break;
    if (!turn.occurrences.empty()) continue;
    now = std::min(turn.deadline_ns.value_or(kNever), world.next());
    if (now == kNever || now > options.limit_ns) {
      std::fprintf(stderr, "%s\n", now == kNever ? "nothing left to happen" : "time limit");
      break;
    }
    world.run(now);
  }
  std::fputs(session.output().c_str(), stdout);
  const Counters counters = session.counters();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  std::fprintf(
      stderr,
      "virtual %.6f s, wall %.3f s, hash %016llx, hops %llu, round trips %llu, switches %llu, clock reads %llu, "
      "trapped %llu, random %llu, tsc %llu, spins %llu, threads %llu, processes %llu, fixed %d, openssl %d\n",
      static_cast<double>(now) / 1e9, wall.count(), static_cast<unsigned long long>(counters.schedule_hash),
      static_cast<unsigned long long>(counters.hops_inside), static_cast<unsigned long long>(counters.round_trips),
      static_cast<unsigned long long>(counters.switches), static_cast<unsigned long long>(counters.clock_reads),
      static_cast<unsigned long long>(counters.trapped_calls), static_cast<unsigned long long>(counters.random_draws),
      static_cast<unsigned long long>(counters.time_stamp_reads),
      static_cast<unsigned long long>(counters.charged_spins), static_cast<unsigned long long>(counters.threads),
      static_cast<unsigned long long>(counters.processes), session.facts().address_space_fixed,
      session.facts().openssl_hooked);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(parse(count, words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "shim-run: %s\n", error.what());
    return 2;
  }
}
