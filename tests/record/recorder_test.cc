// Nothing that was taken is lost: not by a kill at any moment, and not by a full disk.
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

#include <catch2/catch.hpp>

#include "src/base/error.h"
#include "src/base/random.h"
#include "src/host/file.h"
#include "src/record/recorder.h"
#include "src/trace/reader.h"
#include "src/trace/recover.h"
#include "src/trace/writer.h"
#include "tests/support/temporary_folder.h"

namespace ringback::record {
namespace {

using trace::Event;
using trace::EventKind;

constexpr std::size_t kSmallHalf = 16u << 10;

// Event number `number` of an endless session: the same whoever asks.
Event event_of(std::uint64_t number) {
  if (number == 0) {
    return trace::make_event({}, trace::ChannelDeclared{.id = 1, .channel_kind = 3, .name = "model"});
  }
  const std::size_t length = number % 97 * 3 + (number % 500 == 499 ? 40'000 : 0);
  return trace::make_event({.at = VirtualTime{} + milliseconds(static_cast<std::int64_t>(number)), .channel = 1},
                           trace::Message{.text = std::to_string(number) + Bytes(length, 'x')});
}

std::vector<Event> events_of(const std::string& path) {
  host::FileSource source(path);
  return trace::read_trace(source).events.all();
}

Digest digest_of(std::uint64_t count) {
  MemorySink sink;
  trace::Writer writer(sink);
  for (std::uint64_t number = 0; number < count; ++number) writer.append(event_of(number));
  return writer.finish({});
}

struct Recovered {
  trace::Recovery recovery;
  std::vector<Event> events;
};

Recovered recover_file(const std::string& path) {
  const std::string whole = path + ".whole";
  host::FileSource broken(path);
  host::FileSource journal(path + ".wal");
  host::FileSink sink(whole);
  Recovered recovered{.recovery = trace::recover(broken, &journal, sink), .events = {}};
  sink.finish();
  recovered.events = events_of(whole);
  return recovered;
}

// Shared with a child process: how many events it knows to be safe.
class SharedCount {
 public:
  SharedCount()
      : value_(new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                   std::atomic<std::uint64_t>(0)) {}
  ~SharedCount() { ::munmap(value_, 4096); }
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  std::atomic<std::uint64_t>& operator*() const { return *value_; }

 private:
  std::atomic<std::uint64_t>* value_;
};

TEST_CASE("a recording that was finished is a trace, without a journal beside it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  Recorder recorder(path, {.half_bytes = kSmallHalf});
  for (std::uint64_t number = 0; number < 3000; ++number) recorder.append(event_of(number));
  CHECK(std::filesystem::exists(path + ".wal"));
  CHECK(recorder.finish({{"origin", "test"}}) == digest_of(3000));
  CHECK_FALSE(std::filesystem::exists(path + ".wal"));
  host::FileSource source(path);
  const trace::Trace trace = trace::read_trace(source);
  CHECK(trace.events.size() == 3000);
  CHECK(trace.metadata.at("origin") == "test");
}

TEST_CASE("an empty recording is a trace") {
  const TemporaryFolder folder;
  Recorder recorder(folder.file("empty.rbt"));
  recorder.finish({});
  CHECK(events_of(folder.file("empty.rbt")).empty());
}

TEST_CASE("an event that breaks the rules is refused, and the recording goes on") {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  Recorder recorder(path);
  recorder.append(event_of(0));
  Event stray = event_of(1);
  stray.channel = 2;
  CHECK_THROWS_WITH(recorder.append(stray), Catch::Contains("declaration"));
  recorder.append(event_of(1));
  CHECK(recorder.finish({}) == digest_of(2));
}

TEST_CASE("a file that is there is not recorded over, nor is the journal of an unfinished recording") {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  {
    Recorder recorder(path);
    recorder.append(event_of(0));
  }
  CHECK_THROWS_WITH(Recorder(path), Catch::Contains("call.rbt: cannot be opened for recording"));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(Recorder(path), Catch::Contains("ringback recover"));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a finished trace is continued with the digest of the whole") {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  for (std::uint64_t part = 0; part < 3; ++part) {
    Recorder recorder(path,
                      {.mode = part == 0 ? RecordMode::create : RecordMode::continue_file, .half_bytes = kSmallHalf});
    CHECK(recorder.events() == part * 1000);
    while (recorder.events() < (part + 1) * 1000) recorder.append(event_of(recorder.events()));
    CHECK(recorder.finish({{std::to_string(part), "kept"}}) == digest_of((part + 1) * 1000));
  }
  host::FileSource source(path);
  CHECK(trace::read_trace(source).metadata.size() == 3);
}

TEST_CASE("a continued recording that was not finished is recovered whole") {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  Recorder first(path, {.half_bytes = kSmallHalf});
  while (first.events() < 700) first.append(event_of(first.events()));
  first.finish({{"origin", "first part"}});
  {
    Recorder second(path, {.mode = RecordMode::continue_file, .half_bytes = kSmallHalf});
    while (second.events() < 1500) second.append(event_of(second.events()));
  }
  const Recovered recovered = recover_file(path);
  CHECK(recovered.recovery.is_whole());
  CHECK(recovered.recovery.digest == digest_of(1500));
}

// Records in a child until it is killed, somewhere after `target` events.
void kill_while_recording(std::uint64_t target, std::uint64_t spins) {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  const SharedCount taken;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // A half is some chunks, or one.
    Recorder recorder(path, {.half_bytes = kSmallHalf, .chunk_bytes = target % 2 == 0 ? 5000u : 256u << 10});
    for (std::uint64_t number = 0;; ++number) {
      recorder.append(event_of(number));
      (*taken).store(number + 1);
    }
  }
  while ((*taken).load() < target) {
    if (::waitpid(child, nullptr, WNOHANG) != 0) FAIL("the recording ended by itself");
  }
  for (std::atomic<std::uint64_t> i = 0; i < spins; ++i) continue;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const std::uint64_t count = (*taken).load();
  const Recovered recovered = recover_file(path);
  INFO("killed after " << count << " events, " << recovered.events.size() << " recovered");
  CHECK(recovered.recovery.is_whole());
  CHECK(recovered.events.size() >= count);
  CHECK(recovered.recovery.digest == digest_of(recovered.events.size()));
}

void kill_often(int times) {
  constexpr std::uint64_t kSeed = 7;
  std::uint64_t state = kSeed;
  for (int i = 0; i < times; ++i) {
    state = hash64(std::to_string(state));
    kill_while_recording(1 + state % 4000, state / 4096 % 200'000);
  }
}

TEST_CASE("a recording that is killed at any moment has every event that was taken") { kill_often(15); }
TEST_CASE("the same, 200 times", "[.full]") { kill_often(200); }

TEST_CASE("a full disk ends the recording with a clear error, and what was taken is there") {
  const TemporaryFolder folder;
  const std::string path = folder.file("call.rbt");
  const SharedCount taken;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 40'000, .rlim_max = 40'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      Recorder recorder(path, {.half_bytes = kSmallHalf});
      for (std::uint64_t number = 0; number < 1'000'000; ++number) {
        Event event = event_of(number % 498);
        if (number >= 498) event = event_of(1 + number % 497);
        event.exchange = static_cast<std::uint32_t>(hash64(std::to_string(number)));
        recorder.append(event);
        (*taken).store(number + 1);
      }
    } catch (const Error& error) {
      const std::string message = error.what();
      ::_exit(message.find("call.rbt: cannot be written: File too large") != std::string::npos ? 42 : 43);
    }
    ::_exit(44);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
  const Recovered recovered = recover_file(path);
  CHECK(recovered.recovery.is_whole());
  CHECK(recovered.events.size() >= (*taken).load());
  CHECK((*taken).load() > 1000);
}

TEST_CASE("a disk that has no room for the journal is an error at once") {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      const Recorder recorder(folder.file("call.rbt"));
    } catch (const Error& error) {
      ::_exit(std::string(error.what()).find("cannot be allocated") != std::string::npos ? 42 : 43);
    }
    ::_exit(44);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 42);
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace ringback::record
