#include "tools/ringback/worker_pool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "src/base/error.h"
#include "src/host/file.h"

namespace ringback::cli {
namespace {

// --- outcomes as octets ---

template <class Integer>
void put(Integer value, Bytes& out) {
  char octets[sizeof value];
  std::memcpy(octets, &value, sizeof value);
  out.append(octets, sizeof value);
}
void put_text(BytesView text, Bytes& out) {
  put(static_cast<std::uint64_t>(text.size()), out);
  out += text;
}

// What a worker sends is our own, so anything else is our defect.
template <class Integer>
Integer take(BytesView& in) {
  RINGBACK_CHECK(in.size() >= sizeof(Integer), "a worker sends whole outcomes, not {} octets", in.size());
  Integer value;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return value;
}
std::string take_text(BytesView& in) {
  const auto size = take<std::uint64_t>(in);
  RINGBACK_CHECK(in.size() >= size, "a worker sends whole texts, not {} of {} octets", in.size(), size);
  std::string text(in.substr(0, size));
  in.remove_prefix(size);
  return text;
}

// --- workers ---

constexpr char kDone = 'D';   // outcomes follow
constexpr char kError = 'E';  // the text of an Error follows

void write_all(int descriptor, BytesView data) {
  while (!data.empty()) {
    const ssize_t written = ::write(descriptor, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(1);
    data.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Runs `first`, `first + step`, ... until the end; never returns.
[[noreturn]] void work(std::size_t count, std::size_t first, std::size_t step, const RunNumber& run, int descriptor) {
  Bytes message(1, kDone);
  int status = 0;
  try {
    for (std::size_t i = first; i < count; i += step) message += encoded(run(i));
  } catch (const std::exception& error) {
    message = kError + std::string(error.what());
    status = dynamic_cast<const Error*>(&error) != nullptr ? 0 : 2;
  }
  write_all(descriptor, message);
  _exit(status);
}

struct Worker {
  pid_t process = 0;
  int descriptor = -1;
};

Bytes read_all(int descriptor) {
  Bytes data;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    data.append(buffer, static_cast<std::size_t>(count));
  }
  return data;
}

// All that the worker wrote, once it has ended.
Bytes harvest(const Worker& worker) {
  Bytes message = read_all(worker.descriptor);
  ::close(worker.descriptor);
  int status = 0;
  while (::waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) fail("a worker died of signal {} in the middle of its cases", WTERMSIG(status));
  RINGBACK_CHECK(!message.empty() && WEXITSTATUS(status) == 0, "a worker ran its cases: {}",
                 message.empty() ? "it said nothing" : message.substr(1));
  if (message.front() == kError) throw Error(message.substr(1));
  return message.substr(1);
}

}  // namespace

Bytes encoded(const sim::Outcome& outcome) {
  Bytes out;
  out.append(reinterpret_cast<const char*>(outcome.digest.octets.data()), outcome.digest.octets.size());
  put(outcome.chain.high, out);
  put(outcome.chain.low, out);
  put(static_cast<std::uint64_t>(outcome.failures.size()), out);
  for (const sim::Failure& failure : outcome.failures) {
    put_text(sim::to_key(failure.signature), out);
    put(failure.at.ns(), out);
    put_text(failure.finding, out);
  }
  put(static_cast<std::uint64_t>(outcome.features.size()), out);
  for (const std::uint32_t feature : outcome.features) put(feature, out);
  put(static_cast<std::uint64_t>(outcome.fired.size()), out);
  for (const std::uint64_t fired : outcome.fired) put(fired, out);
  put(outcome.end.ns(), out);
  put(static_cast<std::uint8_t>(outcome.is_tainted), out);
  put(static_cast<std::uint8_t>(outcome.rests_on_reaction), out);
  put(static_cast<std::uint8_t>(outcome.is_refused), out);
  return out;
}

sim::Outcome decode_outcome(BytesView& octets) {
  sim::Outcome outcome;
  for (std::uint8_t& octet : outcome.digest.octets) octet = take<std::uint8_t>(octets);
  outcome.chain.high = take<std::uint64_t>(octets);
  outcome.chain.low = take<std::uint64_t>(octets);
  for (auto left = take<std::uint64_t>(octets); left > 0; --left) {
    sim::Failure failure;
    failure.signature = sim::parse_signature("worker", take_text(octets));
    failure.at = VirtualTime::from_ns(take<std::int64_t>(octets));
    failure.finding = take_text(octets);
    outcome.failures.push_back(std::move(failure));
  }
  for (auto left = take<std::uint64_t>(octets); left > 0; --left) {
    outcome.features.push_back(take<std::uint32_t>(octets));
  }
  for (auto left = take<std::uint64_t>(octets); left > 0; --left) outcome.fired.push_back(take<std::uint64_t>(octets));
  outcome.end = VirtualTime::from_ns(take<std::int64_t>(octets));
  outcome.is_tainted = take<std::uint8_t>(octets) != 0;
  outcome.rests_on_reaction = take<std::uint8_t>(octets) != 0;
  outcome.is_refused = take<std::uint8_t>(octets) != 0;
  return outcome;
}

std::vector<sim::Outcome> run_cases(std::span<const sim::Case> cases, std::uint64_t jobs, const RunCase& run) {
  return run_all(cases.size(), jobs, [&](std::size_t i) { return run(cases[i]); });
}

std::vector<sim::Outcome> run_all(std::size_t count, std::uint64_t jobs, const RunNumber& run) {
  const std::size_t workers = std::min<std::size_t>(std::min(jobs, kJobsMax), count);
  std::vector<sim::Outcome> outcomes(count);
  if (workers <= 1) {
    for (std::size_t i = 0; i < count; ++i) outcomes[i] = run(i);
    return outcomes;
  }
  std::vector<Worker> pool;
  for (std::size_t i = 0; i < workers; ++i) {
    int ends[2];
    if (::pipe(ends) != 0) fail("cannot make a pipe for a worker: {}", std::strerror(errno));
    const pid_t process = ::fork();
    if (process < 0) fail("cannot start a worker: {}", std::strerror(errno));
    if (process == 0) {
      ::close(ends[0]);
      work(count, i, workers, run, ends[1]);
    }
    ::close(ends[1]);
    pool.push_back({.process = process, .descriptor = ends[0]});
  }
  for (std::size_t i = 0; i < workers; ++i) {
    const Bytes message = harvest(pool[i]);
    BytesView rest = message;
    for (std::size_t j = i; j < count; j += workers) outcomes[j] = decode_outcome(rest);
  }
  return outcomes;
}

}  // namespace ringback::cli
