#include "src/process/process_agent.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "ringback/shim/session.h"
#include "src/process/child_environment.h"
#include "src/process/endpoints.h"
#include "src/process/phone_line.h"
#include "src/process/served_connection.h"

namespace ringback::process {
namespace {

using sim::EventClass;

// The wall clock of a recording that knows none: 2026-01-01 00:00 UTC.
constexpr std::int64_t kUsualEpochNs = 1'767'225'600'000'000'000;
constexpr std::int64_t kSecondNs = 1'000'000'000;
// Returns of the child at one and the same time before it is taken for one that goes round in circles.
constexpr std::uint32_t kTurnsWithoutTimeMax = 1'000'000;
constexpr std::size_t kOutputTailBytes = 4u << 20;

// Where the caller dials: ws://HOST[:PORT]/PATH.
struct Dial {
  std::string host;
  std::uint16_t port = 0;  // 0: the first that the child listens on
  std::string target = "/";
};

Dial parse_dial(std::string_view url) {
  constexpr std::string_view kScheme = "ws://";
  if (url.rfind(kScheme, 0) != 0) fail("--dial: expected ws://HOST[:PORT]/PATH, found '{}'", url);
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Dial dial{.host = std::string(rest.substr(0, slash))};
  if (slash < rest.size()) dial.target = std::string(rest.substr(slash));
  const std::size_t colon = dial.host.rfind(':');
  if (colon != std::string::npos) {
    const std::string port = dial.host.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), dial.port);
    if (error != std::errc() || end != port.data() + port.size() || dial.port == 0)
      fail("--dial: expected a port from 1 to 65535, found '{}'", port);
  }
  if (dial.host.empty() || dial.host.front() == ':') fail("--dial: expected a host in '{}', found none", url);
  return dial;
}

std::string tail_of(const std::string& text) {
  if (text.size() <= kOutputTailBytes) return text;
  const std::size_t line = text.find('\n', text.size() - kOutputTailBytes);
  return text.substr(line == std::string::npos ? text.size() - kOutputTailBytes : line + 1);
}

// A connection of the child; what is written wakes the child up.
class SessionLine final : public Line {
 public:
  SessionLine(shim::Session& session, shim::Id id, std::function<void()> wake)
      : session_(session), id_(id), wake_(std::move(wake)) {}
  void write(BytesView octets) override {
    session_.write(id_, octets);
    wake_();
  }
  void finish() override {
    session_.finish(id_);
    wake_();
  }
  void close() override {
    session_.close(id_);
    wake_();
  }
  void reset() override {
    session_.reset(id_);
    wake_();
  }

 private:
  shim::Session& session_;
  shim::Id id_;
  std::function<void()> wake_;
};

}  // namespace

struct ProcessAgent::State {
  ProcessOptions options;
  Dial dial;
  Endpoints endpoints;
  std::int64_t epoch_ns = kUsualEpochNs;
  sim::AgentFacts facts;
  std::set<std::string> said;

  void notice(std::string text) {
    if (said.insert(text).second) facts.notices.push_back(std::move(text));
  }
};

// The child from its start to its end.
class ProcessAgent::Life {
 public:
  Life(State& state, sim::AgentWorld& world)
      : state_(state),
        world_(world),
        authority_(world.seed, state.epoch_ns / kSecondNs),
        services_{.endpoints = state.endpoints,
                  .authority = authority_,
                  .notice = [this](std::string text) { state_.notice(std::move(text)); },
                  .changed = [this] { wake(); }},
        session_(launch()),
        lane_(world.kernel.lane("agent/process")),
        pump_timer_(world.kernel),
        ended_(world.kernel, world.lane) {}

  ~Life() {
    state_.facts.schedule_hash = fmt::format("{:016x}", session_.counters().schedule_hash);
    state_.facts.output = tail_of(session_.output());
  }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void start() { pump_at(world_.kernel.now(), EventClass::wake); }
  sim::Mailbox<bool>& ended() { return ended_; }
  const std::string& failure() const { return failure_; }

 private:
  struct Served {
    SessionLine line;
    ServedConnection connection;
    Served(Life& life, const shim::Connect& made)
        : line(life.session_, made.id, [&life] { life.wake(); }),
          connection(life.world_, life.services_, {.host = made.host, .port = made.port, .number = made.id}, line) {}
  };

  shim::Launch launch() const {
    const ProcessOptions& options = state_.options;
    return {
        .command = options.command,
        .environment = child_environment(store_trusted_certificate(authority_.certificate_pem()), options.environment),
        .working_directory = options.working_directory,
        .seed = world_.seed,
        .epoch_ns = state_.epoch_ns,
        .address_space = options.randomise_addresses ? shim::AddressSpace::randomised : shim::AddressSpace::fixed,
        .library = options.shim_library,
        .trace_file = options.shim_trace};
  }

  // --- time ---

  // Something was done to a connection: the child shall see it, at this very time.
  void wake() {
    if (is_ended_ || is_pumping_) return;
    pump_at(world_.kernel.now(), EventClass::wake);
  }

  void pump_at(VirtualTime at, EventClass event_class) {
    if (next_pump_.has_value() && *next_pump_ <= at) return;
    next_pump_ = at;
    pump_timer_.schedule(at, event_class, lane_, [this] { pump(); });
  }

  void pump() {
    next_pump_.reset();
    const VirtualTime now = world_.kernel.now();
    turns_without_time_ = now == last_turn_ ? turns_without_time_ + 1 : 0;
    last_turn_ = now;
    if (turns_without_time_ > kTurnsWithoutTimeMax)
      return end_with(fmt::format("it goes round in circles at {}", to_seconds_text(now.since_start())));
    const std::optional<VirtualTime> next = world_.kernel.next_at();
    // After the call there is nothing that the child's own timers should be waited for.
    const bool may_run_ahead = !phone_.has_value() || !phone_->is_over();
    const std::int64_t until_ns = next.has_value() ? next->ns() : shim::kNever;
    try {
      turn_ = session_.resume(now.ns(), may_run_ahead ? until_ns : now.ns());
    } catch (const shim::Error& error) {
      return end_with(error.what());
    }
    const VirtualTime reached = VirtualTime::from_ns(std::max(turn_.now_ns, now.ns()));
    if (reached == now) return take_turn();
    // The child's own timers moved its clock; nothing else happens before that time.
    next_pump_ = reached;
    pump_timer_.schedule(reached, EventClass::timer, lane_, [this] {
      next_pump_.reset();
      take_turn();
    });
  }

  void take_turn() {
    is_pumping_ = true;
    try {
      for (shim::Occurrence& occurrence : turn_.occurrences) {
        std::visit([this](auto& each) { take(each); }, occurrence);
        if (is_ended_) break;
      }
    } catch (const shim::Error& error) {
      end_with(error.what());
    } catch (const InternalError&) {
      throw;
    } catch (const Error& error) {
      end_with(error.what());
    }
    is_pumping_ = false;
    if (is_ended_) return;
    for (auto it = served_.begin(); it != served_.end();)
      it = it->second->connection.is_over() ? served_.erase(it) : std::next(it);
    if (turn_.exited) return end_after_exit();
    if (!turn_.occurrences.empty()) return pump_at(world_.kernel.now(), EventClass::wake);
    if (std::exchange(line_has_ended_, false)) {
      phone_->end();
      if (phone_->agent_hung_up()) world_.caller.hang_up();
    }
    if (call_is_done()) return end_with("");
    if (turn_.deadline_ns.has_value())
      pump_at(std::max(world_.kernel.now(), VirtualTime::from_ns(*turn_.deadline_ns)), EventClass::timer);
  }

  // --- what the child did ---

  void take(const shim::Connect& made) {
    if (state_.endpoints.reach(made.host, made.port) == Reach::nobody) {
      state_.notice(fmt::format(
          "the agent connected to {}:{}, which no channel of the trace answers: refused; name it with `bind` or `sink`",
          made.host, made.port));
      session_.refuse(made.id);
      return;
    }
    served_.emplace(made.id, std::make_unique<Served>(*this, made));
    session_.accept(made.id);
  }

  void take(const shim::Listen& listening) {
    const bool is_ours = state_.dial.port == 0 || state_.dial.port == listening.port;
    if (!is_ours || phone_.has_value()) return;
    const std::optional<shim::Id> id = session_.dial(listening.port);
    if (!id.has_value()) return;
    phone_id_ = *id;
    phone_line_.emplace(session_, *id, [this] { wake(); });
    const std::string host =
        state_.dial.port == 0 ? fmt::format("{}:{}", state_.dial.host, listening.port) : state_.dial.host;
    phone_.emplace(world_, *phone_line_, PhoneLine::Address{.host = host, .target = state_.dial.target});
  }

  void take(const shim::Accepted&) {}

  void take(const shim::Data& data) {
    if (phone_.has_value() && data.id == phone_id_) {
      phone_->feed(data.octets);
      if (phone_->agent_hung_up()) world_.caller.hang_up();
    } else if (const auto served = served_.find(data.id); served != served_.end()) {
      served->second->connection.feed(data.octets);
    }
  }

  void take(const shim::EndOfStream& end) { end_connection(end.id); }
  void take(const shim::Closed& closed) {
    end_connection(closed.id);
    served_.erase(closed.id);
  }

  void end_connection(shim::Id id) {
    if (phone_.has_value() && id == phone_id_) {
      // Whether the agent hung up or died is told by its exit, which comes behind the end of its connections.
      line_has_ended_ = !phone_->is_over();
    } else if (const auto served = served_.find(id); served != served_.end()) {
      served->second->connection.end();
    }
  }

  void take(const shim::Resolve& question) {
    if (state_.endpoints.knows(question.name)) return session_.answer(question.id);
    state_.notice(fmt::format(
        "the agent looked up {}, which no channel of the trace answers: not found; name it with `bind` or `sink`",
        question.name));
    session_.answer_failure(question.id, shim::NameFailure::not_found);
  }

  void take(const shim::Datagram& datagram) {
    state_.notice(fmt::format("the agent sent a datagram to {}:{}, where nobody is; media over UDP is not replayed",
                              datagram.host, datagram.port));
  }

  void take(const shim::Exit& exit) {
    if (exit.first) exit_ = exit;
  }

  void take(const shim::Taint& taint) { state_.facts.taints.push_back(taint.what); }

  void take(const shim::Hang& hang) {
    end_with(fmt::format("it hangs: a thread ran without a call that lets time pass\n{}", hang.stack));
  }

  // --- the end ---

  bool call_is_done() const {
    return phone_.has_value() && phone_->is_over() &&
           std::none_of(served_.begin(), served_.end(),
                        [](const auto& each) { return each.second->connection.is_busy(); });
  }

  void end_after_exit() {
    const bool is_clean = !exit_.has_value() || (exit_->status == 0 && exit_->signal == 0);
    const bool is_after_call = phone_.has_value() && phone_->is_over();
    if (is_clean || is_after_call) return end_with("");
    end_with(exit_->signal != 0 ? fmt::format("it was ended by signal {}", exit_->signal)
                                : fmt::format("it exited with status {}", exit_->status));
  }

  void end_with(const std::string& failure) {
    if (std::exchange(is_ended_, true)) return;
    failure_ = failure;
    pump_timer_.cancel();
    ended_.push(true);
  }

  State& state_;
  sim::AgentWorld& world_;
  wire::LocalAuthority authority_;
  Services services_;
  shim::Session session_;
  sim::Lane& lane_;
  sim::ScopedTimer pump_timer_;
  std::optional<VirtualTime> next_pump_;
  sim::Mailbox<bool> ended_;
  bool is_ended_ = false;
  bool is_pumping_ = false;
  std::string failure_;
  shim::Turn turn_;
  VirtualTime last_turn_;
  std::uint32_t turns_without_time_ = 0;
  bool line_has_ended_ = false;  // the caller's connection is gone, and nobody knows yet why
  std::optional<shim::Exit> exit_;
  std::map<shim::Id, std::unique_ptr<Served>> served_;
  shim::Id phone_id_ = 0;
  std::optional<SessionLine> phone_line_;
  std::optional<PhoneLine> phone_;
};

ProcessAgent::ProcessAgent(ProcessOptions options, const trace::Trace& recording, const sim::Schedule& schedule) {
  if (options.command.empty()) fail("expected a command for the agent, found none");
  require_program(options.command.front());
  const Dial dial = parse_dial(options.dial);
  state_ = std::make_unique<State>(State{
      .options = std::move(options), .dial = dial, .endpoints = Endpoints(recording.channels.channels(), schedule)});
  if (const std::int64_t start = recording.facts().wall_start_ns; start > 0) state_->epoch_ns = start;
  state_->facts.is_child_process = true;
}

ProcessAgent::~ProcessAgent() = default;

sim::AgentFacts ProcessAgent::facts() const { return state_->facts; }

sim::Task<void> ProcessAgent::run(sim::AgentWorld& world) {
  std::unique_ptr<Life> life;
  try {
    life = std::make_unique<Life>(*state_, world);
  } catch (const shim::Error& error) {
    // A command that cannot be started is the user's input, and no outcome of the run.
    throw Error(error.what());
  }
  life->start();
  sim::Mailbox<bool>& ended = life->ended();
  co_await ended.receive();
  if (!life->failure().empty()) throw Error(life->failure());
}

}  // namespace ringback::process
