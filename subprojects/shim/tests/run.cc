// Runs a program under the library, with a small world around it: names resolve, port 7 echoes after 10 ms, everything
// else is refused. Prints what happened; for trying things by hand, and for the benchmarks.
//
//   shim-run [--seed N] [--trace FILE] [--aslr] [--no-look-ahead] [--leak entropy|openssl|tsc|clock|threads] [--limit
//   SECONDS] -- COMMAND...
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/world.h"

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
      if (leak == "clock") options.launch.leaks.clock = true;
      if (leak == "threads") options.launch.leaks.threads = true;
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

int run_and_print(const Options& options) {
  const Outcome outcome = run(options.launch, options.limit_ns);
  std::fputs(outcome.output.c_str(), stdout);
  std::fputs(outcome.events.c_str(), stderr);
  if (!outcome.hang.empty()) std::fprintf(stderr, "HANG\n%s", outcome.hang.c_str());
  if (!outcome.ended) std::fputs("did not end\n", stderr);
  const Counters& c = outcome.counters;
  const auto show = [](const char* what, std::uint64_t count) {
    std::fprintf(stderr, ", %s %llu", what, static_cast<unsigned long long>(count));
  };
  std::fprintf(stderr, "virtual %.6f s, wall %.3f s, hash %016llx", static_cast<double>(outcome.virtual_ns) / 1e9,
               outcome.wall_s, static_cast<unsigned long long>(c.schedule_hash));
  show("hops", c.hops_inside);
  show("round trips", c.round_trips);
  show("switches", c.switches);
  show("clock reads", c.clock_reads);
  show("trapped", c.trapped_calls);
  show("random", c.random_draws);
  show("rdtsc", c.time_stamp_reads);
  show("spins", c.charged_spins);
  show("threads", c.threads);
  show("processes", c.processes);
  show("fixed", outcome.facts.address_space_fixed);
  show("openssl", outcome.facts.openssl_hooked);
  std::fputc('\n', stderr);
  return outcome.ended ? outcome.status : 3;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run_and_print(parse(count, words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "shim-run: %s\n", error.what());
    return 2;
  }
}
