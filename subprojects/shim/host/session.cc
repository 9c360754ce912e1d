#include "ringback/shim/session.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "host/block.h"
#include "host/network.h"
#include "host/processes.h"
#include "host/spawn.h"

namespace ringback::shim {

namespace {

File output_to(const std::string& path) {
  if (path.empty()) return File(::memfd_create("output", MFD_CLOEXEC));
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file) fail_by_errno(path);
  return file;
}

std::string content_of(const File& file) {
  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::pread(file.get(), buffer, sizeof buffer, static_cast<off_t>(content.size()));
    if (got <= 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
  }
}

File trace_to(const std::string& path) {
  if (path.empty()) return File();
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) fail_by_errno(path);
  return file;
}

}  // namespace

class Session::Impl {
 public:
  explicit Impl(const Launch& launch)
      : block(launch, started_real_ns),
        output(output_to(launch.output_file)),
        error_output(launch.split_output ? output_to("") : File()),
        keeps_output(launch.output_file.empty()),
        trace(trace_to(launch.trace_file)),
        network(block),
        processes(block, network, launch.hang_after_ms, trace.get()) {
    facts.library = find_library(launch.library);
    if (facts.library.size() >= sizeof block.run().library) throw Error(facts.library + ": too long a path");
    std::memcpy(block.run().library, facts.library.c_str(), facts.library.size() + 1);
    for (const File* file : {&output, &error_output})
      if (*file) ::fcntl(file->get(), F_SETFL, O_APPEND);
    if (folder.path().size() >= sizeof block.run().temporary_folder) throw Error(folder.path() + ": too long a path");
    std::memcpy(block.run().temporary_folder, folder.path().c_str(), folder.path().size() + 1);
    if (launch.certificates.size() >= sizeof block.run().certificates)
      throw Error(launch.certificates + ": too long a path");
    std::memcpy(block.run().certificates, launch.certificates.c_str(), launch.certificates.size() + 1);
    prepare_first_page();
    const Spawned spawned = spawn(launch, block, output.get(), error_output ? error_output.get() : output.get());
    facts.address_space_fixed = spawned.address_space_fixed;
    processes.begin(spawned.pid);
  }

  void prepare_first_page() {
    ShimPage& first = block.run().pages[0];
    first.state = SHIM_PAGE_LIVE;
    first.turn = SHIM_TURN_SIMULATOR;
    first.op = SHIM_OP_IDLE;
    first.pid = block.run().next_pid++;
    first.parent_pid = 1;
    first.session_id = first.group_id = static_cast<std::uint32_t>(first.pid);
  }

  Turn resume(std::int64_t now, std::int64_t next_event);

  std::int64_t started_real_ns = real_time_of_files();  // before the folder is made
  TemporaryFolder folder;
  Block block;
  File output, error_output;
  bool keeps_output;
  File trace;
  Network network;
  Processes processes;
  Facts facts;
  std::int64_t now_ns = 0;
  std::vector<Occurrence> from_outside;  // of kill, between two turns
};

Turn Session::Impl::resume(std::int64_t now, std::int64_t next_event) {
  now_ns = std::max(now_ns, now);
  Turn turn;
  turn.occurrences.swap(from_outside);
  bool everyone = network.take_delivered();
  while (processes.any_alive()) {
    processes.run_until_idle(now_ns, next_event, everyone, turn.occurrences);
    everyone = false;
    const std::uint64_t deadline = processes.earliest_deadline();
    if (!turn.occurrences.empty() || deadline >= static_cast<std::uint64_t>(next_event)) break;
    now_ns = std::max(now_ns, static_cast<std::int64_t>(deadline));
  }
  turn.now_ns = now_ns;
  turn.exited = !processes.any_alive();
  const std::uint64_t deadline = processes.earliest_deadline();
  if (!turn.exited && deadline < static_cast<std::uint64_t>(kNever))
    turn.deadline_ns = static_cast<std::int64_t>(deadline);
  facts.openssl_hooked = processes.openssl_hooked();
  return turn;
}

Session::Session(const Launch& launch) : impl_(std::make_unique<Impl>(launch)) {}
Session::~Session() = default;

Turn Session::resume(std::int64_t now_ns, std::int64_t next_event_ns) { return impl_->resume(now_ns, next_event_ns); }

void Session::accept(Id id) { impl_->network.accept(id); }
void Session::refuse(Id id, ConnectFailure failure) { impl_->network.refuse(id, failure); }
void Session::write(Id id, std::string_view octets) { impl_->network.write(id, octets); }
std::size_t Session::unsent(Id id) const { return impl_->network.unsent(id); }
void Session::finish(Id id) { impl_->network.finish(id); }
void Session::close(Id id) { impl_->network.close(id); }
void Session::reset(Id id) { impl_->network.reset(id); }
void Session::set_reading(Id id, bool on) { impl_->network.set_reading(id, on); }
std::optional<Id> Session::dial(std::uint16_t port, std::string_view from_address, std::uint16_t from_port) {
  return impl_->network.dial(port, from_address, from_port);
}

void Session::answer(Id id) { impl_->network.answer(id); }
void Session::answer(Id id, std::vector<std::string> addresses) { impl_->network.answer(id, addresses); }
void Session::answer_failure(Id id, NameFailure failure) { impl_->network.answer_failure(id, failure); }
void Session::send_datagram(Id id, std::string_view from_address, std::uint16_t from_port, std::string_view octets) {
  impl_->network.send_datagram(id, from_address, from_port, octets);
}

void Session::signal(int signal, std::int32_t pid) {
  if (signal < 1 || signal > 64) throw Error("signal " + std::to_string(signal) + ": expected 1 to 64");
  impl_->processes.signal(signal, pid);
}
void Session::kill() { impl_->processes.kill_all(impl_->from_outside); }
void Session::step_realtime(std::int64_t by_ns) { impl_->block.run().epoch_ns += by_ns; }
void Session::set_cost_factor(std::uint32_t numerator, std::uint32_t denominator) {
  if (denominator == 0) throw Error("a factor of " + std::to_string(numerator) + "/0");
  impl_->block.run().cost_numerator = numerator;
  impl_->block.run().cost_denominator = denominator;
}

std::string Session::output() const { return impl_->keeps_output ? content_of(impl_->output) : std::string(); }
std::string Session::error_output() const {
  return impl_->error_output ? content_of(impl_->error_output) : std::string();
}
const std::string& Session::temporary_folder() const { return impl_->folder.path(); }

Counters Session::counters() const {
  const ShimCounters all = impl_->processes.counters();
  return {.clock_reads = all.clock_reads,
          .hops_inside = all.hops,
          .round_trips = impl_->processes.round_trips(),
          .switches = all.switches,
          .random_draws = all.random_draws,
          .time_stamp_reads = all.time_stamp_reads,
          .trapped_calls = all.trapped_calls,
          .charged_spins = all.charged_spins,
          .threads = all.threads,
          .calls = all.calls,
          .cpu_ns = all.cpu_ns,
          .processes = impl_->processes.processes(),
          .schedule_hash = impl_->processes.schedule_hash()};
}
const Facts& Session::facts() const { return impl_->facts; }

}  // namespace ringback::shim
