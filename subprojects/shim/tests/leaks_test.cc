// What two runs must not differ by, and that the comparison sees it where a leak is let in.
#include <sched.h>

#include <algorithm>
#include <atomic>

#include <thread>

#include "tests/compare.h"

namespace ringback::shim {

namespace {

// Whether one of a few runs differs from the first: what the machine does differently it does so sooner or later.
bool differs(const Launch& launch) {
  const std::string first = run(launch).output;
  for (int i = 0; i < 5; ++i)
    if (run(launch).output != first) return true;
  return false;
}

class OneProcessor final {
 public:
  OneProcessor() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
      if (CPU_ISSET(i, &before_)) CPU_SET(i, &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  ~OneProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

// Keeps every processor busy four times over.
class Load final {
 public:
  Load() {
    const unsigned count = 4 * std::max(1u, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i)
      threads_.emplace_back([this] {
        while (!stop_.load(std::memory_order_relaxed)) {
        }
      });
  }
  ~Load() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("with the kernel's entropy two runs differ: the comparison is not an empty one") {
  Launch launch = program("random");
  launch.leaks.entropy = true;
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("with addresses at random Node is the same with our generator in OpenSSL and differs without") {
  if (skipped(node())) return;
  Launch launch = launch_of({node(), "-e", "console.log(Math.random(), crypto.randomBytes(16).toString('hex'))"});
  launch.address_space = AddressSpace::randomised;
  const Outcome hooked = run(launch);
  CHECK(hooked.facts.openssl_hooked);
  CHECK(hooked.output == run(launch).output);
  launch.leaks.openssl = true;
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("with addresses at random Python's ssl draws the same octets") {
  if (skipped("/usr/bin/python3")) return;
  Launch launch = launch_of({"/usr/bin/python3", "-c", "import ssl; print(ssl.RAND_bytes(16).hex())"});
  launch.address_space = AddressSpace::randomised;
  const Outcome hooked = run(launch);
  CHECK(hooked.facts.openssl_hooked);
  CHECK(hooked.output == run(launch).output);
}

TEST_CASE("with addresses at random what hangs on addresses differs") {
  if (skipped("/usr/bin/python3")) return;
  Launch launch = launch_of({"/usr/bin/python3", "-c", "print(id(object()))"});
  launch.address_space = AddressSpace::randomised;
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("timers that fire inside give the same run as timers that come back to the simulator") {
  for (const char* name : {"clock", "contention", "timers"}) {
    Launch launch = program(name);
    const Outcome inside = run(launch);
    launch.look_ahead = false;
    const Outcome outside = run(launch);
    CHECK(inside.output == outside.output);
    CHECK(inside.virtual_ns == outside.virtual_ns);
    CHECK(outside.counters.hops_inside == 0);
  }
}

TEST_CASE("where the clocks are the machine's two runs differ") {
  Launch launch = program("now");
  CHECK(run(launch).output == run(launch).output);
  launch.leaks.clock = true;
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("where two threads go at one time two runs differ") {
  Launch launch = program("race");
  CHECK_FALSE(differs(launch));
  launch.leaks.threads = true;
  CHECK(differs(launch));
}

TEST_CASE("where the time-stamp counter is the machine's two runs differ") {
  Launch launch = program("raw");
  launch.leaks.time_stamp = true;
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("a Python program sees each leak") {
  if (skipped("/usr/bin/python3")) return;
  const std::string script =
      "import random, threading, time; end = time.monotonic() + 2\n"
      "thread = threading.Thread(target=time.sleep, args=(1,)); thread.start(); thread.join()\n"
      "print(random.random(), time.time())";
  Launch launch = launch_of({"/usr/bin/python3", "-c", script});
  CHECK(run(launch).output == run(launch).output);
  SECTION("of entropy") { launch.leaks.entropy = true; }
  SECTION("of the clock") { launch.leaks.clock = true; }
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("a Node program sees each leak") {
  if (skipped(node())) return;
  Launch launch = launch_of({node(), "-e", "setTimeout(() => console.log(Math.random(), Date.now()), 1000)"});
  CHECK(run(launch).output == run(launch).output);
  SECTION("of entropy") { launch.leaks.entropy = true; }
  SECTION("of the clock") { launch.leaks.clock = true; }
  CHECK(run(launch).output != run(launch).output);
}

TEST_CASE("a whole Node program is the same with addresses at random, on one processor and under load") {
  if (skipped(node())) return;
  Launch launch = launch_of({node(), kScripts + "/node_things.mjs"});
  const Outcome usual = run(launch);
  SECTION("addresses at random") {
    launch.address_space = AddressSpace::randomised;
    check_equal(usual, run(launch));
  }
  SECTION("one processor") {
    const OneProcessor pinned;
    check_equal(usual, run(launch));
  }
  SECTION("four times as much to do as there are processors") {
    const Load load;
    check_equal(usual, run(launch));
  }
}

TEST_CASE("a whole Python program is the same on one processor and under load") {
  if (skipped("/usr/bin/python3")) return;
  const Launch launch = launch_of({"/usr/bin/python3", kScripts + "/asyncio_threads.py"});
  const Outcome usual = run(launch);
  SECTION("one processor") {
    const OneProcessor pinned;
    check_equal(usual, run(launch));
  }
  SECTION("four times as much to do as there are processors") {
    const Load load;
    check_equal(usual, run(launch));
  }
}

TEST_CASE("whole programs are the same whether their timers fire inside or come back to the simulator") {
  std::vector<std::string> command = {"/usr/bin/python3", kScripts + "/asyncio_threads.py"};
  SECTION("Python") {}
  SECTION("Node") { command = {node(), kScripts + "/node_things.mjs"}; }
  if (skipped(command[0])) return;
  Launch launch = launch_of(command);
  const Outcome inside = run(launch);
  launch.look_ahead = false;
  const Outcome outside = run(launch);
  CHECK(inside.output == outside.output);
  CHECK(inside.events == outside.events);
  CHECK(inside.virtual_ns == outside.virtual_ns);
}

}  // namespace ringback::shim
