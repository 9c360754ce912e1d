// The check is itself checked: agents that leak the real world into a run are caught, and the report names the event.
//
// A leak shows where two runs differ in what leaks. So each run is made in a process of its own, and the second one in
// other surroundings: variables, folder, locale, time zone, rounding, memory, stack, open files, and a run before it.
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cfenv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <locale>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <thread>
#include <unordered_set>

#include <catch2/catch.hpp>

#include "sim/agents/port.h"
#include "sim/run/run.h"
#include "src/host/file.h"
#include "src/trace/diff.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

namespace fs = std::filesystem;

using Word = std::string (*)(AgentWorld& world);

// Answers the first typed turn with a word, and hangs up.
class WordAgent final : public Agent {
 public:
  explicit WordAgent(Word word) : word_(word) {}

  Task<void> run(AgentWorld& world) override {
    for (;;) {
      std::optional<CallerInput> input = co_await world.caller.inbox().receive();
      if (!input.has_value()) break;
      if (!std::holds_alternative<CallerText>(*input)) continue;
      const std::string said = word_(world);
      world.caller.send_text(said);
      break;
    }
  }

 private:
  Word word_;
};

// --- words of which every one knows something of the real world ---

template <class Number>
std::string text(Number number) {
  return fmt::format("{}", number);
}

std::string clock_reading(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return fmt::format("{}.{:09}", now.tv_sec, now.tv_nsec);
}

std::uintptr_t number_of(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

std::vector<std::unique_ptr<std::uint64_t>> allocate_some() {
  std::vector<std::unique_ptr<std::uint64_t>> some;
  for (std::uint64_t i = 0; i < 64; ++i) some.push_back(std::make_unique<std::uint64_t>(i));
  return some;
}

std::string order_of_addresses(AgentWorld&) {
  const auto some = allocate_some();
  std::map<const std::uint64_t*, std::uint64_t> by_address;
  for (const auto& each : some) by_address[each.get()] = *each;
  std::string order;
  for (const auto& [address, number] : by_address) order += fmt::format("{},", number);
  return order;
}

std::string order_in_a_hash_table(AgentWorld&) {
  const auto some = allocate_some();
  std::unordered_set<std::uint64_t*> all;
  for (const auto& each : some) all.insert(each.get());
  std::string order;
  for (const std::uint64_t* each : all) order += fmt::format("{},", *each);
  return order;
}

std::string order_by_sorting_pointers(AgentWorld&) {
  const auto some = allocate_some();
  std::vector<const std::uint64_t*> sorted;
  for (const auto& each : some) sorted.push_back(each.get());
  std::sort(sorted.begin(), sorted.end());
  return text(*sorted.front());
}

std::string hash_of_a_pointer(AgentWorld&) {
  const auto one = std::make_unique<std::uint64_t>(1);
  return text(std::hash<std::uint64_t*>()(one.get()));
}

std::string address_of_a_local(AgentWorld& world) {
  int local = 0;
  return text(number_of(&local) ^ (number_of(&world) & 0));
}

std::string uninitialised_memory(AgentWorld&) {
  // Larger than anything that was freed before, smaller than what the system gives zeroed.
  std::unique_ptr<volatile unsigned char[]> bytes(new volatile unsigned char[60'000]);
  return text(static_cast<int>(bytes[30'000]));
}

std::string state_of_a_generator(AgentWorld&) {
  static std::mt19937_64 generator(5);
  return text(generator());
}

std::string counter_of_runs(AgentWorld&) {
  static int runs = 0;
  return text(++runs);
}

std::string state_of_the_thread(AgentWorld&) {
  thread_local std::string said;
  said += "x";
  return said;
}

std::string cached_answer(AgentWorld& world) {
  static const std::string first = text(number_of(&world)) + clock_reading(CLOCK_MONOTONIC);
  return first;
}

std::string time_of_a_file(AgentWorld&) {
  const fs::path path = "time-of-a-file";
  host::FileSink sink(path.string());
  sink.write("x");
  sink.finish();
  struct stat facts {};
  ::stat(path.c_str(), &facts);
  return fmt::format("{}.{:09}", facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
}

std::string files_of_the_folder(AgentWorld&) {
  std::string names;
  for (const auto& entry : fs::directory_iterator(".")) names += entry.path().filename().string() + ",";
  return names;
}

std::string rounding_of_numbers(AgentWorld&) {
  volatile double one = 1.0;
  volatile double three = 3.0;
  return fmt::format("{:a}", one / three);
}

std::string locale_of_numbers(AgentWorld&) {
  std::ostringstream stream;
  stream << 1234567.5;
  return stream.str();
}

std::string hour_of_the_day(AgentWorld&) {
  const std::time_t noon = 43'200;
  std::tm there{};
  ::localtime_r(&noon, &there);
  return text(there.tm_hour);
}

std::string mask_of_new_files(AgentWorld&) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return text(mask);
}

std::string number_of_a_new_file(AgentWorld&) {
  const host::Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return text(file.number());
}

std::string limit_of_open_files(AgentWorld&) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return text(limit.rlim_cur);
}

std::string race_of_two_threads(AgentWorld&) {
  std::atomic<bool> has_started{false};
  std::atomic<std::uint64_t> steps{0};
  std::thread other([&] {
    has_started = true;
    while (steps < 1'000) std::this_thread::yield();
    has_started = false;
  });
  while (!has_started) std::this_thread::yield();
  while (has_started) ++steps;
  other.join();
  return text(steps.load());
}

std::atomic<bool> g_alarm_came{false};

std::string moment_of_a_signal(AgentWorld&) {
  g_alarm_came = false;
  std::signal(SIGALRM, [](int) { g_alarm_came = true; });
  const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 2'000}};
  ::setitimer(ITIMER_REAL, &soon, nullptr);
  std::uint64_t steps = 0;
  while (!g_alarm_came) ++steps;
  return text(steps);
}

std::string bytes_of_the_system(AgentWorld&) {
  std::uint64_t drawn = 0;
  if (::getrandom(&drawn, sizeof drawn, 0) != sizeof drawn) throw std::runtime_error("getrandom");
  return text(drawn);
}

struct Leak {
  const char* name;
  Word word;
};

const std::vector<Leak>& leaks() {
  static const std::vector<Leak> all = {
      {"wall clock", [](AgentWorld&) { return clock_reading(CLOCK_REALTIME); }},
      {"monotonic clock", [](AgentWorld&) { return clock_reading(CLOCK_MONOTONIC); }},
      {"processor time", [](AgentWorld&) { return clock_reading(CLOCK_PROCESS_CPUTIME_ID); }},
      {"order of addresses", order_of_addresses},
      {"order in a hash table of pointers", order_in_a_hash_table},
      {"order of allocation", order_by_sorting_pointers},
      {"hash of a pointer", hash_of_a_pointer},
      {"address of an object", [](AgentWorld&) { return text(number_of(std::make_unique<std::uint64_t>().get())); }},
      {"address on the stack", address_of_a_local},
      {"thread id", [](AgentWorld&) { return text(::gettid()); }},
      {"process id", [](AgentWorld&) { return text(::getpid()); }},
      {"environment variable",
       [](AgentWorld&) {
         const char* value = std::getenv("RINGBACK_TEST_VARIABLE");
         return std::string(value == nullptr ? "none" : value);
       }},
      {"locale of numbers", locale_of_numbers},
      {"uninitialised memory", uninitialised_memory},
      {"std::random_device", [](AgentWorld&) { return text(std::random_device{}()); }},
      {"getrandom", bytes_of_the_system},
      {"rand", [](AgentWorld&) { return text(std::rand()); }},
      {"generator that lives on between runs", state_of_a_generator},
      {"counter of runs", counter_of_runs},
      {"state of the thread", state_of_the_thread},
      {"answer that is computed once", cached_answer},
      {"time of a file", time_of_a_file},
      {"files of the folder", files_of_the_folder},
      {"current folder", [](AgentWorld&) { return fs::current_path().string(); }},
      {"rounding of numbers", rounding_of_numbers},
      {"time zone", hour_of_the_day},
      {"mask of new files", mask_of_new_files},
      {"number of a new file", number_of_a_new_file},
      {"limit of open files", limit_of_open_files},
      {"race of two threads", race_of_two_threads},
      {"moment of a signal", moment_of_a_signal},
      {"error of somebody else", [](AgentWorld&) { return text(errno); }},
  };
  return all;
}

// --- two runs in two surroundings ---

RunResult run_word(Word word) {
  const trace::Trace recording = testing::make_typed_call();
  const Schedule schedule;
  WordAgent agent(word);
  return run_scenario({.recording = recording, .schedule = schedule, .is_lenient = true}, agent);
}

class CommaPoint final : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

// What differs between two machines, two users or two days. The memory that this takes is not given back.
void change_surroundings(const std::string& folder) {
  ::setenv("RINGBACK_TEST_VARIABLE", "other", 1);
  ::setenv("TZ", "XXX-9", 1);
  ::tzset();
  std::locale::global(std::locale(std::locale::classic(), new CommaPoint));
  std::fesetround(FE_UPWARD);
  ::umask(0027);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 200) - 1;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  static_cast<void>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  fs::create_directories(fs::path(folder) / "other");
  fs::current_path(fs::path(folder) / "other");
  fs::create_directory("more");
  std::rand();
  // Holes in the heap, so that what is allocated comes to lie in another order.
  static std::vector<std::unique_ptr<std::uint64_t>> holes;
  for (int i = 0; i < 4'001; ++i) holes.push_back(std::make_unique<std::uint64_t>(i));
  for (std::size_t i = 0; i < holes.size(); ++i) {
    if (i * 7 % 5 < 2) holes[i * 1'013 % holes.size()].reset();
  }
}

// The run's trace, as a file. Ends the process.
[[noreturn]] void be_a_run(Word word, const std::string& folder, const std::string& path, bool is_second) {
  try {
    const std::string absolute = fs::absolute(path).string();
    fs::current_path(folder);
    ::mallopt(M_PERTURB, is_second ? 0x5a : 0xa5);
    if (is_second) {
      change_surroundings(folder);
      run_word(word);  // whoever keeps something from one run to the next has something now
    }
    volatile char* deeper = static_cast<char*>(__builtin_alloca(is_second ? 4'096 : 16));
    deeper[0] = 1;
    errno = is_second ? EINTR : 0;
    const RunResult result = run_word(word);
    ::umask(0077);
    host::FileSink sink(absolute);
    trace::write_trace(result.run, sink);
    sink.finish();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

trace::Trace run_in_a_process(Word word, const std::string& folder, bool is_second) {
  const std::string path = folder + (is_second ? "/second.rbt" : "/first.rbt");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) be_a_run(word, folder, path, is_second);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  const auto source = host::open_source(path);
  return trace::read_trace(*source);
}

trace::TraceDifference difference_of(Word word) {
  const TemporaryFolder folder;
  const trace::Trace first = run_in_a_process(word, folder.path(), false);
  const trace::Trace second = run_in_a_process(word, folder.path(), true);
  return trace::diff(first, second);
}

bool has_poison() {
#if defined(__SANITIZE_ADDRESS__)
  return false;  // its allocator fills memory in its own way
#else
  return true;
#endif
}

}  // namespace

TEST_CASE("an agent that keeps to virtual time and keyed draws runs the same in any surroundings", "[determinism]") {
  const Word honest = [](AgentWorld& world) {
    const RandomStream draws({.seed = world.seed, .domain = "agent", .entity = "honest", .purpose = "word"});
    return fmt::format("{} {}", draws.bits(0), world.kernel.now().ns());
  };
  REQUIRE(difference_of(honest).equal());
}

TEST_CASE("every planted leak is caught, and the first event that differs is the one that carries it",
          "[determinism]") {
  REQUIRE(leaks().size() >= 25);
  for (const Leak& leak : leaks()) {
    if (leak.word == uninitialised_memory && !has_poison()) continue;
    INFO(leak.name);
    const trace::TraceDifference difference = difference_of(leak.word);
    REQUIRE_FALSE(difference.equal());
    REQUIRE(difference.first.has_value());
    REQUIRE(difference.first->left.has_value());
    CHECK(difference.first->left->kind == trace::EventKind::text);
    CHECK(difference.first->left->direction == trace::Direction::from_agent);
    // The differing field is named.
    REQUIRE(difference.first->values.size() == 1);
    CHECK(difference.first->values[0].name == "text");
  }
}

}  // namespace ringback::sim
