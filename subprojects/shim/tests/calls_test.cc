// Parts of the system that few programs use, each by a small one.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <fstream>

#include "tests/compare.h"

namespace ringback::shim {

TEST_CASE("threads whose time comes at once go in the order in which they began to wait") {
  CHECK(same_every_time(program("equal")).output == "0 1 2 3 4 5 after 1000\n");
}

TEST_CASE("every wait with a limit ends at its virtual time") {
  CHECK(same_every_time(program("limits")).output ==
        "mutex_timedlock 1 after 1001\nmutex_clocklock 1 after 2001\nrwlock_timedrdlock 1 after 3001\n"
        "rwlock_timedwrlock 1 after 4001\ncond_clockwait 1 after 5001\nsem_clockwait -1 after 6001\n"
        "cnd_timedwait 1 after 7001\ntimedjoin 1 after 8001\n");
}

TEST_CASE("a thread that waits is cancelled, and not where it has disabled that") {
  const Outcome outcome = same_every_time(program("cancel"));
  CHECK(outcome.output ==
        "read: cleaned up after 1000\ncancelled 1\nsleep: cleaned up after 2000\ncancelled 1\n"
        "pause: cleaned up after 3000\ncancelled 1\ncondition: cleaned up after 4000\ncancelled 1\n"
        "not while it is disabled\ndisabled: cleaned up after 7000\ncancelled 1\n");
  CHECK(outcome.taints.empty());
}

TEST_CASE("timers run functions in threads, and carry values") {
  const Outcome outcome = same_every_time(program("notices"));
  CHECK(outcome.output ==
        "notice 8 after 500\nnotice 7 after 1000\nnotice 7 after 2000\nnotice 7 after 3000\nvalue 100 after 8700\n");
  CHECK(outcome.taints.empty());
}

TEST_CASE("signals are read from a file, of this process, a timer and a child") {
  const Outcome outcome = same_every_time(program("signalfd"));
  CHECK(outcome.output ==
        "nothing yet: 0\nthere: 0\nsignalfd 128, signal 10, value 42 after 0\nread: 0\n"
        "signalfd 128, signal 14, value 0 after 5000\nsignalfd 128, signal 17, value 0 after 7000\n");
  CHECK(outcome.taints.empty());
}

TEST_CASE("datagrams go from one process of the run to another and back") {
  const Outcome outcome = same_every_time(program("neighbours"));
  CHECK(outcome.output == "400 octets from port 9001 after 1000\n");
  CHECK(outcome.events.find("datagram") == std::string::npos);
}

TEST_CASE("eight megabytes there and back arrive whole, in parts") {
  CHECK(same_every_time(program("flood"), 2).output == "8388608 there and back, equal 1, in parts 1\n");
}

TEST_CASE("two hundred connections at one moment are all told") {
  CHECK(same_every_time(program("burst"), 2).output == "200 open\n");
}

TEST_CASE("three hundred processes one after the other have pids of their own") {
  CHECK(same_every_time(program("generations"), 2).output == "300 ended, pids rise 1\n");
}

TEST_CASE("a memory spin of Node is a hang, a wait on shared memory is not") {
  if (skipped(node())) return;
  const std::string shared = "const a = new Int32Array(new SharedArrayBuffer(4)); ";
  const Outcome waited =
      run(launch_of({node(), "-e", shared + "console.log(Atomics.wait(a, 0, 0, 5000), performance.now() >= 5000)"}));
  CHECK(waited.output == "timed-out true\n");
  Launch launch = launch_of({node(), "-e", shared + "while (Atomics.load(a, 0) === 0);"});
  launch.hang_after_ms = 500;
  const Outcome spun = run(launch);
  check_has(spun.events, "HANG");
  // The frames of compiled script have no names.
  CHECK_FALSE(spun.hang.empty());
}

TEST_CASE("when the simulator is killed its program ends too") {
  int pipe_ends[2];
  REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
  const pid_t simulator = ::fork();
  if (simulator == 0) {
    Session session(program("orphan"));
    session.resume(0, kSecond / 2);
    (void)!::write(pipe_ends[1], "x", 1);
    for (;;) ::pause();
  }
  char octet;
  REQUIRE(::read(pipe_ends[0], &octet, 1) == 1);
  const std::string children =
      "/proc/" + std::to_string(simulator) + "/task/" + std::to_string(simulator) + "/children";
  std::ifstream list(children);
  std::vector<pid_t> left;
  for (pid_t child; list >> child;) left.push_back(child);
  REQUIRE(left.size() == 1);
  ::kill(simulator, SIGKILL);
  ::waitpid(simulator, nullptr, 0);
  // It looks for its simulator every two seconds of real time.
  bool gone = false;
  for (int glances = 0; glances < 400 && !gone; ++glances) {
    std::ifstream status("/proc/" + std::to_string(left[0]) + "/stat");
    std::string pid, name, state;
    gone = !(status >> pid >> name >> state) || state == "Z" || state == "X";
    if (!gone) ::usleep(50'000);
  }
  CHECK(gone);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

}  // namespace ringback::shim
