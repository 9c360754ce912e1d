#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include <fstream>

#include "tests/compare.h"

namespace ringback::shim {

TEST_CASE("an hour of sleep takes no time, and every clock agrees") {
  const Outcome outcome = same_every_time(program("clock"));
  CHECK(outcome.output ==
        "sleep 3600000\nusleep 3600001\nuntil 3610001\npoll, select, thrd_sleep 3611751\n"
        "2026-01-01 01:00:11 after 3611 s, cpu 1000\n");
  CHECK(outcome.status == 0);
  CHECK(outcome.taints.empty());
}

TEST_CASE("work costs what the model says, and the same every time") {
  // 1,000 reads and 1,000 writes of 1,000 octets each.
  Launch launch = launch_of({"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1000", "count=1000", "status=none"});
  CHECK(run(launch).virtual_ns < kSecond / 100);
  launch.cost.kilobyte_ns = 1'000'000;
  const std::int64_t octets = same_every_time(launch).virtual_ns;
  CHECK(octets >= 2 * kSecond);
  CHECK(octets < 2 * kSecond + kSecond / 10);
  launch.cost = {.call_ns = 1'000'000, .kilobyte_ns = 0};
  const std::int64_t calls = same_every_time(launch).virtual_ns;
  CHECK(calls >= 2 * kSecond);
  CHECK(calls < 2 * kSecond + kSecond / 2);
  const Outcome doubled = run(launch, kNever, [](Session& session, World&) { session.set_cost_factor(2, 1); });
  CHECK(doubled.virtual_ns > 2 * calls - kSecond / 10);
  CHECK(doubled.virtual_ns < 2 * calls + kSecond / 10);
}

TEST_CASE("the run's machine has a loopback and one network interface, whatever the real one has") {
  const Outcome outcome = same_every_time(program("interfaces"), 2);
  CHECK(outcome.output ==
        "lo family 17 - -\neth0 family 17 - -\nlo family 2 127.0.0.1 255.0.0.0\neth0 family 2 10.99.255.2 "
        "255.255.0.0\nlo family 10 ::1 -\n1 lo\n2 eth0\nSIOCGIFCONF 0, 2 entries, eth0 has 1500\n"
        "eth7 No such device, index of lo 1\n"
        "to listen on, 0: 0.0.0.0 port 5050 :: port 5050\n");
  CHECK(outcome.taints.empty());
}

TEST_CASE("a signal stack that the program sets is the one that its handler of a fault runs on") {
  const Outcome outcome = same_every_time(program("stacks"), 2);
  CHECK(outcome.output ==
        "set 0, before disabled 1, after equal 1\ntoo small -1 1\nfault 4 on the stack 1, told so 1\n");
}

TEST_CASE("the clock starts where it is told to") {
  Launch launch = program("clock");
  launch.epoch_ns = 86'400 * kSecond;
  check_has(run(launch).output, "1970-01-02 01:00:11 after 3611 s");
}

TEST_CASE("mutexes, conditions, semaphores, rwlocks, barriers and once keep their promises in one order") {
  const Outcome outcome = same_every_time(program("contention"));
  check_has(outcome.output, "once 1 turns 300 holders 2 history ");
  check_has(outcome.output, "timedwait timed out after 2012\nsem_timedwait -1 after 3012\n");
}

TEST_CASE("ten thousand threads come and go, and memory is given out the same way") {
  check_has(same_every_time(program("churn"), 2).output, "destroyed 10000 addresses ");
}

TEST_CASE("signals arrive at scheduling points, interrupt and restart as POSIX says") {
  CHECK(same_every_time(program("signals")).output ==
        "raise 1\nread -1 interrupted after 1000, 2\nchild 1, its signal 1, SIGCHLD 1, after 3000\nended by 15\n"
        "ended by 6\nended by 9 after 4000\nblocked 2, sigwait 10, then -1 after 5000\n"
        "wait without children -1 No child processes\nwrite -1, SIGPIPE 1\n");
}

TEST_CASE("alarm, setitimer, timer_create and timerfd fire at their virtual times") {
  CHECK(same_every_time(program("timers")).output ==
        "alarm after 5000, 55 s of sleep left, 1 rings\ninterval after 5500, 6 rings\ntimer 0 0 after 7500, 7 rings\n"
        "timerfd 1 8 1 after 8500\ntimerfd 8 3 after 11500\n");
}

TEST_CASE("fork, vfork, exec, posix_spawn, system, popen and an empty environment stay inside the run") {
  const Outcome outcome = same_every_time(program("children"));
  CHECK(outcome.output ==
        "fork 4 after 300, parent 4200000\nvfork 6\nposix_spawnp 0 5 after 1300\n"
        "posix_spawnp of nothing No such file or directory\nsystem 3\npopen 3300 one\npopen 4300 two\npclose 0\n"
        "without an environment 9 after 104300\nLD_PRELOAD hidden\nsemaphore after 105300\n"
        "child has the lock after 107300\n");
  CHECK(outcome.taints.empty());
}

TEST_CASE("what a program does around a fork may wait for its threads") {
  CHECK(same_every_time(program("atfork")).output ==
        "child: pool begun 2 after 1000\npool stopped 1, begun 2 after 2000\nvfork leaves the pool alone 1\nspawned, "
        "stopped 2\n");
}

TEST_CASE("a parent is told how its child ended") {
  CHECK(same_every_time(program("ends")).output == "exited 7, killed 11, killed 15, status 11\n");
}

TEST_CASE("a connection is accepted, refused, delayed, reset, closed or never answered") {
  CHECK(same_every_time(program("sockets")).output ==
        "echo none 5 hello from port 7 after 10\nsendmmsg 2, 4 abcd\nafter shutdown 0\nrefused: Connection refused\n"
        "accepted late: none after 1020\nreset: -1 Connection reset by peer\nafter the reset: -1 Broken pipe\n"
        "closed: 3 bye then 0\nreceive limit: -1 Resource temporarily unavailable after 4020\n"
        "send limit: part after 7020\nnobody answers: -1 Operation now in progress, poll 0 after 9020\n");
}

TEST_CASE("what a program wrote while nobody read is told when it has gone") {
  const Outcome outcome =
      run(launch_of({"/bin/bash", "-c", "exec 3<>/dev/tcp/10.99.9.9/9; printf unread >&3; sleep 5"}));
  check_has(outcome.events, "5.000050 data 1 6\n5.000050 closed 1\n5.000050 exit ");
}

TEST_CASE("IPv6 sockets are served") { CHECK(same_every_time(program("sixth")).output == "0 six family 1\n"); }

TEST_CASE("a server is called from outside and from inside") {
  CHECK(same_every_time(program("server")).output == "203.0.113.5:5555 says 4 ping after 100\nown client 0 inside\n");
}

TEST_CASE("ports are taken, shared, freed by who died, and the host knows its own name") {
  CHECK(same_every_time(program("ports")).output ==
        "both 1, again -1\nfour heard 4\nsix heard 6\nshared 1\nfirst heard shared\ndead: Connection refused\nnext 0\n"
        "client 0 from port 6000\npassive: 0.0.0.0 ::\nringback: 127.0.1.1\ngethostbyname 127.0.1.1\n");
}

TEST_CASE("a socket that was bound is listened on by programs that inherit it, one after the other") {
  CHECK(same_every_time(program("inherit")).output == "worker heard ping\n");
}

TEST_CASE("a DNS question by UDP is answered, another datagram is reported") {
  const Outcome outcome = same_every_time(program("datagrams"));
  CHECK(outcome.output == "answer 45 octets, records 1, address 10.99.0.2, from port 53\nno answer -1 after 1000\n");
  check_has(outcome.events, "datagram to 10.99.255.53:123 4");
}

TEST_CASE("names come from the simulator, by getaddrinfo and by libc's own resolver") {
  const Outcome outcome = same_every_time(program("names"));
  CHECK(outcome.output ==
        "missing: Name or service not known after 0\nfound: 0 10.99.0.2 port 443\ngethostbyname: 10.99.0.3\n");
}

TEST_CASE("system calls that bypass libc, and RDTSC, see virtual time") {
  const Outcome outcome = same_every_time(program("raw"));
  check_has(outcome.output, "1767229200.000050000 random 4 ");
  check_has(outcome.output, " pid 4200000 tsc 46000000500");
  CHECK(outcome.counters.trapped_calls >= 4);
  CHECK(outcome.counters.time_stamp_reads == 1);
  CHECK(outcome.taints.empty());
}

TEST_CASE("the time-stamp counter moves on by steps that differ, the same in each run and others with another seed") {
  Launch launch = program("cycles");
  const std::string output = same_every_time(launch).output;
  check_has(output, "backwards 0, distinct 64, last ");
  launch.seed = 8;
  CHECK(run(launch).output != output);
}

TEST_CASE("an unknown system call is refused and named") {
  const Outcome outcome = same_every_time(program("unknown"));
  CHECK(outcome.output == "-1\n");
  REQUIRE(outcome.taints.size() == 1);
  CHECK(outcome.taints[0] == "system call 499 is not known; refused");
}

TEST_CASE("spins on the clock and on empty polls are charged virtual time and end") {
  const Outcome outcome = same_every_time(program("spin"), 2);
  check_has(outcome.output, " reads, 1000 ms\npolls: ");
  CHECK(outcome.counters.charged_spins > 0);
}

// (300,000 - 20,000) / 64 times 50 us.
TEST_CASE("clock reads cost time only where a program spins") {
  const Outcome outcome = same_every_time(program("many_reads"), 2);
  CHECK(outcome.output == "0 ms, 6 ms, 224 ms\n");
}

// (2,200 - 200) times 50 us.
TEST_CASE("empty polls cost time only where a program spins") {
  const Outcome outcome = same_every_time(program("many_polls"), 2);
  CHECK(outcome.output == "0 ms, 6 ms, 106 ms\n");
}

TEST_CASE("a spin on memory is reported as a hang, with the stack") {
  Launch launch = program("hang");
  launch.hang_after_ms = 300;
  const Outcome outcome = run(launch);
  check_has(outcome.events, "HANG");
  check_has(outcome.hang, "main");
  CHECK(outcome.output == "spinning\n");
  CHECK(outcome.signal == SIGKILL);
}

TEST_CASE("/proc, file times, inode numbers and the host's name are the run's own") {
  const Outcome outcome = same_every_time(program("files"));
  check_has(outcome.output, " inode 1000000 modified 0\n/proc/uptime: 1100.00 2200.00\n");
  check_has(outcome.output, "/sys/fs/cgroup/memory.max: No such file or directory\n");
  check_has(outcome.output, "statm inode 999999\n");
  check_has(outcome.output, "host ringback processors 2\n");
  CHECK(outcome.taints.empty());
}

TEST_CASE("two runs at one time see the same temporary folder, and it is not the same") {
  const std::string script =
      "cd $TMPDIR && touch made && mv made $TMPDIR/moved && pwd && /bin/pwd && ls $PWD && readlink -f .";
  Session other(program("orphan"));
  const Outcome beside = run(launch_of({"/bin/bash", "-c", script}));
  CHECK(beside.output == "/tmp/ringback\n/tmp/ringback\nmoved\n/tmp/ringback\n");
  CHECK_FALSE(exists(other.temporary_folder() + "/moved"));
}

TEST_CASE("a bundle of certificates is the run's own, whoever brings it along") {
  Launch launch = launch_of({"/bin/bash", "-c",
                             "wc -l < /etc/ssl/certs/ca-certificates.crt; wc -l < /nowhere/certifi/cacert.pem; cat "
                             "/nowhere/cacert.txt 2>&1"});
  CHECK_FALSE(run(launch).output.find("1\n") == 0);
  launch.certificates = kScripts + "/one_line.pem";
  CHECK(run(launch).output == "1\n1\ncat: /nowhere/cacert.txt: No such file or directory\n");
}

TEST_CASE("named semaphores and shared memory are the run's own, and gone with it") {
  const std::string script =
      "ls -A /dev/shm; echo of the run > /dev/shm/ringback-test; cd /dev/shm; pwd; /bin/pwd; cat ringback-test";
  const Outcome outcome = same_every_time(launch_of({"/bin/bash", "-c", script}));
  CHECK(outcome.output == "/dev/shm\n/dev/shm\nof the run\n");
  CHECK_FALSE(exists("/dev/shm/ringback-test"));
}

TEST_CASE("random devices follow the seed") {
  const Outcome outcome = same_every_time(program("random"));
  Launch other = program("random");
  other.seed = 8;
  const Outcome changed = run(other);
  CHECK(changed.output != outcome.output);
  CHECK(changed.counters.schedule_hash != outcome.counters.schedule_hash);
}

TEST_CASE("more processes than there is room for are refused and named") {
  const Outcome outcome = same_every_time(program("crowd"), 2);
  CHECK(outcome.output == "63 children\n");
  REQUIRE(outcome.taints.size() == 1);
  check_has(outcome.taints[0], "more than 64 processes");
}

TEST_CASE("a statically linked program is refused, with what to do instead") {
  CHECK_THROWS_WITH(run(launch_of({kStaticProgram})),
                    Catch::Contains("linked statically") && Catch::Contains("CGO_ENABLED=1"));
}

TEST_CASE("a statically linked program that the program starts is a helper, and has no network") {
  const Outcome outcome = run(launch_of({"/bin/sh", "-c", "exec " + kStaticProgram}));
  REQUIRE(outcome.taints.size() == 1);
  CHECK(outcome.taints[0] == kStaticProgram + " cannot be followed: it is linked statically");
  CHECK(outcome.status == 3);
}

TEST_CASE("a program with another loader is refused, and one that the program starts is named and has no network") {
  CHECK_THROWS_WITH(run(launch_of({kOtherProgram})),
                    Catch::Contains("its loader is") && Catch::Contains("other-loader.so.1"));
  const Outcome outcome = run(launch_of({"/bin/sh", "-c", "exec " + kOtherProgram}));
  REQUIRE(outcome.taints.size() == 1);
  check_has(outcome.taints[0],
            kOtherProgram + " cannot be followed: its loader is not that of the GNU C library but /");
  CHECK(outcome.status == 3);
}

TEST_CASE("of a script that the program starts the interpreter is looked at") {
  const auto script_of = [](const std::string& interpreter) {
    return run(
        launch_of({"/bin/sh", "-c",
                   "cd $TMPDIR; printf '#!" + interpreter + "\\necho followed\\n' > it; chmod +x it; exec ./it"}));
  };
  const Outcome named = script_of(kStaticProgram);
  REQUIRE(named.taints.size() == 1);
  CHECK(named.taints[0] == kStaticProgram + " cannot be followed: it is linked statically");
  CHECK(named.status == 3);
  const Outcome followed = script_of("/usr/bin/env sh");
  CHECK(followed.output == "followed\n");
  CHECK(followed.taints.empty());
}

TEST_CASE("a statically linked program that nobody may execute is not started and not named") {
  const Outcome outcome = run(launch_of(
      {"/bin/sh", "-c", "cp " + kStaticProgram + " $TMPDIR/it; chmod -x $TMPDIR/it; $TMPDIR/it 2>/dev/null; echo $?"}));
  CHECK(outcome.output == "126\n");
  CHECK(outcome.taints.empty());
}

// Some systems do not show what call another process is in (Yama's ptrace_scope).
static bool rest_is_visible() {
  std::ifstream yama("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  yama >> scope;
  const bool visible = ::access("/proc/self/syscall", R_OK) == 0 && (!yama || scope < 2);
  if (!visible) std::printf("# skipped: the system does not show the calls of a helper\n");
  return visible;
}

TEST_CASE("helpers answer in no time, and their answers come in the same order in every run") {
  if (skipped("/usr/bin/python3") || !rest_is_visible()) return;
  const Outcome outcome =
      same_every_time(launch_of({"/usr/bin/python3", kScripts + "/helpers.py", kStaticProgram}), runs(3));
  check_has(outcome.output, "'second', '300001 3630001000')");
  check_has(outcome.output, "7, -15)");
  check_has(outcome.output, "'third', True, 7)");
  CHECK(outcome.taints.size() == 3);  // one for each
}

// The program answers only where that is its first argument: --ping is taken away.
TEST_CASE("esbuild taints nothing, for it only answers, and says nothing by itself") {
  if (!rest_is_visible()) return;
  const Outcome outcome = same_every_time(launch_of(
      {"/bin/sh", "-c", "cp " + kStaticProgram + " $TMPDIR/esbuild; echo abc | $TMPDIR/esbuild --ping answer"}));
  CHECK(outcome.output == "4 30400\n");
  CHECK(outcome.taints.empty());
  check_has(outcome.events, "/esbuild cannot be followed: it is linked statically");
}

TEST_CASE("what a helper starts is a part of it") {
  if (!rest_is_visible()) return;
  const Outcome outcome = same_every_time(launch_of({"/bin/sh", "-c", kStaticProgram + " start | cat; date +%S.%N"}));
  CHECK(outcome.output == "child of a helper\n00.000000000\n");
}

TEST_CASE("a helper that does not come to rest is a hang") {
  Launch launch = launch_of({"/bin/sh", "-c", kStaticProgram + " spin; true"});
  launch.hang_after_ms = 100;
  check_has(run(launch).events, "HANG");
}

TEST_CASE("a child outlives its parent") {
  const Outcome outcome = same_every_time(program("orphan"));
  CHECK(outcome.output == "parent ends\norphan: parent 1\n");
  CHECK(outcome.virtual_ns / kSecond == 10);
}

TEST_CASE("a crash is an exit by its signal, at its virtual time") {
  const Outcome outcome = same_every_time(program("crash"));
  CHECK(outcome.signal == SIGSEGV);
  CHECK(outcome.virtual_ns / kSecond == 1);
}

TEST_CASE("the simulator sends signals at virtual times") {
  const Prepare terminate = [](Session& session, World& world) {
    world.at(5 * kSecond, [&session] { session.signal(SIGTERM); });
  };
  const Outcome outcome = run(program("term"), kNever, terminate);
  CHECK(outcome.output == "term 1, 995 s left\n");
  CHECK(outcome.status == 7);
  const Prepare kill = [](Session& session, World& world) {
    world.at(5 * kSecond, [&session] { session.signal(SIGKILL); });
  };
  CHECK(run(program("term"), kNever, kill).signal == SIGKILL);
}

TEST_CASE("the real-time clock steps, the monotonic one does not") {
  const Prepare step = [](Session& session, World& world) {
    world.at(1800 * kSecond, [&session] { session.step_realtime(-3600 * kSecond); });
  };
  const Outcome outcome = run(program("clock"), kNever, step);
  check_has(outcome.output, "sleep 3600000\n");
  check_has(outcome.output, "2026-01-01 00:00:11 after 11 s");
}

TEST_CASE("when a session ends nothing of it is left") {
  std::string folder;
  std::vector<pid_t> real;
  {
    Session session(program("orphan"));
    session.resume(0, kSecond / 2);
    folder = session.temporary_folder();
    CHECK(exists(folder));
  }
  CHECK_FALSE(exists(folder));
  // A process of ours would still name the library in its maps.
  int found = 0;
  DIR* proc = ::opendir("/proc");
  while (const dirent* entry = ::readdir(proc)) {
    std::ifstream status(std::string("/proc/") + entry->d_name + "/stat");
    std::string pid, name, state, parent;
    if (status >> pid >> name >> state >> parent && name == "(shim-programs)" && parent == std::to_string(::getpid()))
      ++found;
  }
  ::closedir(proc);
  CHECK(found == 0);
}

TEST_CASE("writing to a connection that was closed or reset meets what TCP has for it") {
  const auto part = [](int signals) {
    const std::string a = std::to_string(signals + 1), b = std::to_string(signals + 2), c = std::to_string(signals + 3);
    return "closed: 3 none, signals " + std::to_string(signals) + "\nonce more: -1 Broken pipe, signals " +
           std::to_string(signals) + "\nand more: -1 Broken pipe, signals " + a +
           "\nreset: -1 Connection reset by peer, signals " + a + "\nonce more: -1 Broken pipe, signals " + a +
           "\nand more: -1 Broken pipe, signals " + b + "\nshut down: -1 Broken pipe, signals " + c + "\n";
  };
  CHECK(same_every_time(program("broken"), 2).output == part(0) + part(3));
}

TEST_CASE("a connection never reaches a real server, on whatever port it listens") {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 5) == 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const Outcome outcome =
      run(launch_of({"/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + " || echo refused"}));
  check_has(outcome.output, "refused");
  check_has(outcome.events, "127.0.0.1:" + port);
  pollfd entry{listener, POLLIN, 0};
  CHECK(::poll(&entry, 1, 0) == 0);
  ::close(listener);
}

TEST_CASE("a command that cannot start is an error of one line") {
  CHECK_THROWS_WITH(Session(launch_of({"no-such-program"})), Catch::Contains("not found in PATH"));
  CHECK_THROWS_WITH(Session(launch_of({"/etc/passwd"})), Catch::Contains("execve: Permission denied"));
  CHECK_THROWS_WITH(Session(launch_of({})), "an empty command");
  Launch launch = program("clock");
  launch.working_directory = "/no/such/folder";
  CHECK_THROWS_WITH(Session(launch), Catch::Contains("working directory: No such file or directory"));
}

TEST_CASE("a Python program is the same every time") {
  if (skipped("/usr/bin/python3")) return;
  const Outcome outcome = same_every_time(launch_of({"/usr/bin/python3", kScripts + "/asyncio_threads.py"}), runs(4));
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(outcome.taints.empty());
  check_has(outcome.output, "['host0.example', 'host1.example', 'host2.example', 'host3.example']");
  check_has(outcome.output, "timed out\nConnect call failed ('10.99.0.");
  CHECK(outcome.virtual_ns / kSecond == 3602);
}

TEST_CASE("the children of a Python program are the same every time") {
  if (skipped("/usr/bin/python3")) return;
  const Outcome outcome = same_every_time(launch_of({"/usr/bin/python3", kScripts + "/processes.py"}), runs(3));
  INFO(outcome.output);
  CHECK(outcome.status == 0);
  CHECK(outcome.taints.empty());
  check_has(outcome.output, "[5, 4, 3, 2, 1]\n3 popen\n");
}

TEST_CASE("a Node program is the same every time") {
  if (skipped(node())) return;
  const Outcome outcome = same_every_time(launch_of({node(), kScripts + "/node_things.mjs"}), runs(3));
  INFO(outcome.output);
  CHECK(outcome.status == 5);
  CHECK(outcome.taints.empty());
  check_has(outcome.output, "'ECONNREFUSED',\n  'ENOTFOUND'");
  check_has(outcome.output, "through a child\n");
}

TEST_CASE("a chain of shell scripts that ends in the program is followed") {
  const Outcome outcome = same_every_time(
      launch_of({"/bin/bash", "-c", "x=$(/bin/sh -c 'sleep 3; echo inner'); echo $x; exec " + kProgram + " clock"}), 2);
  check_has(outcome.output, "inner\nsleep 3600000\n");
  CHECK(outcome.taints.empty());
}

}  // namespace ringback::shim
