#include "src/process/child.h"

#include <algorithm>
#include <csignal>
#include <utility>
#include <variant>

#include "sim/faults/injector.h"
#include "src/process/child_environment.h"

namespace ringback::process {
namespace {

using sim::EventClass;
using sim::ProcessBlow;

constexpr std::int64_t kSecondNs = 1'000'000'000;
// Returns of the child at one and the same time before it is taken for one that goes round in circles.
constexpr std::uint32_t kTurnsWithoutTimeMax = 1'000'000;
constexpr std::size_t kOutputTailBytes = 4u << 20;
// Connections of one incarnation are numbered behind those of the one before.
constexpr std::uint32_t kConnectionsOfOne = 1u << 24;

std::string tail_of(const std::string& text) {
  if (text.size() <= kOutputTailBytes) return text;
  const std::size_t line = text.find('\n', text.size() - kOutputTailBytes);
  return text.substr(line == std::string::npos ? text.size() - kOutputTailBytes : line + 1);
}

// A process that comes back draws other numbers than the one before, as it would in production.
Seed seed_of(Seed seed, std::uint32_t incarnation) {
  if (incarnation == 1) return seed;
  return RandomStream({.seed = seed, .domain = "process", .entity = "agent", .purpose = "incarnation"})
      .bits(incarnation);
}

}  // namespace

struct Child::Served {
  SessionLine line;
  ServedConnection connection;
  Served(Child& child, const shim::Connect& made)
      : line(*child.session_, made.id, [&child] { child.wake(); }),
        connection(
            child.world_, child.services_,
            {.host = made.host, .port = made.port, .number = made.id + (child.incarnation_ - 1) * kConnectionsOfOne},
            line) {}
};

Child::Child(ChildState& state, sim::AgentWorld& world)
    : state_(state),
      world_(world),
      authority_(world.seed, state.epoch_ns / kSecondNs),
      services_{.endpoints = state.endpoints,
                .authority = authority_,
                .notice = [this](std::string text) { state_.notice(std::move(text)); },
                .changed = [this] { wake(); },
                .fails_handshake =
                    [this](const std::string& host, std::uint16_t port) {
                      return meets_fault(host, port, sim::ConnectStage::handshake);
                    }},
      lane_(world.kernel.lane("agent/process")),
      pump_timer_(world.kernel),
      kill_timer_(world.kernel),
      start_timer_(world.kernel),
      ended_(world.kernel, world.lane) {
  begin_session();
}

Child::~Child() { end_session(); }

void Child::begin_session() {
  const ProcessOptions& options = state_.options;
  ++incarnation_;
  const TrustFiles trust = store_trusted_certificate(authority_.certificate_pem());
  session_ = std::make_unique<shim::Session>(
      shim::Launch{.command = options.command,
                   .environment = child_environment(trust, options.environment),
                   .working_directory = options.working_directory,
                   .seed = seed_of(world_.seed, incarnation_),
                   .epoch_ns = state_.epoch_ns + clock_stepped_ns_,
                   .certificates = trust.certificate,
                   .measure = options.counters != nullptr,
                   .cost = {.call_ns = static_cast<std::uint64_t>(options.cost.call.ns()),
                            .kilobyte_ns = static_cast<std::uint64_t>(options.cost.kilobyte.ns())}});
  set_cost_factor(cost_factor_);
}

void Child::end_session() {
  if (session_ == nullptr) return;
  phone_.reset();
  served_.clear();
  std::string& hash = state_.facts.schedule_hash;
  hash += fmt::format("{}{:016x}", hash.empty() ? "" : "-", session_->counters().schedule_hash);
  state_.facts.output = tail_of(state_.facts.output + session_->output());
  if (state_.options.counters != nullptr) *state_.options.counters = session_->counters();
  session_.reset();
}

// --- time ---

void Child::start() {
  world_.tools.set_takes_octets();
  if (world_.process_log != nullptr) world_.process_log->started(incarnation_);
  pump_at(world_.kernel.now(), EventClass::wake);
}

// Something was done to a connection: the child shall see it, at this very time.
void Child::wake() {
  if (is_ended_ || is_pumping_) return;
  pump_at(world_.kernel.now(), EventClass::wake);
}

void Child::pump_at(VirtualTime at, EventClass event_class) {
  if (next_pump_.has_value() && *next_pump_ <= at) return;
  next_pump_ = at;
  pump_timer_.schedule(at, event_class, lane_, [this] { pump(); });
}

void Child::pump() {
  next_pump_.reset();
  suffer();
  if (is_ended_ || session_ == nullptr) return;
  const VirtualTime now = world_.kernel.now();
  if (now < paused_until_) return pump_at(paused_until_, EventClass::timer);
  turns_without_time_ = now == last_turn_ ? turns_without_time_ + 1 : 0;
  last_turn_ = now;
  if (turns_without_time_ > kTurnsWithoutTimeMax)
    return end_with(fmt::format("it goes round in circles at {}", to_seconds_text(now.since_start())));
  const std::optional<VirtualTime> next = world_.kernel.next_at();
  // After the call there is nothing that the child's own timers should be waited for.
  const std::int64_t until_ns = next.has_value() ? next->ns() : shim::kNever;
  try {
    turn_ = session_->resume(now.ns(), call_is_over() ? now.ns() : until_ns);
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

void Child::take_turn() {
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
  if (!turn_.occurrences.empty() || !blows_.empty()) return pump_at(world_.kernel.now(), EventClass::wake);
  if (std::exchange(line_has_ended_, false)) {
    phone_->end();
    if (phone_->agent_hung_up()) world_.caller.hang_up();
  }
  if (call_is_done()) return end_with("");
  if (turn_.deadline_ns.has_value())
    pump_at(std::max(world_.kernel.now(), VirtualTime::from_ns(*turn_.deadline_ns)), EventClass::timer);
}

// --- what befalls it ---

// Nothing is done here: the one that strikes may stand in the middle of a delivery to this very process.
void Child::strike(const ProcessBlow& blow) {
  if (is_ended_) return;
  blows_.push_back(blow);
  wake();
}

// Blows of one moment are one: what ends the process first decides how, whatever their order.
void Child::suffer() {
  const std::vector<ProcessBlow> blows = std::exchange(blows_, {});
  for (const ProcessBlow& blow : blows) {
    if (blow.kind == ProcessBlow::Kind::restart && session_ != nullptr) back_after_ = blow.time;
  }
  for (const ProcessBlow& blow : blows) {
    // What the world does lasts, also while there is no process.
    if (blow.kind == ProcessBlow::Kind::cost) set_cost_factor(blow.factor);
    if (blow.kind == ProcessBlow::Kind::clock_step) step_clock(blow.time);
    if (session_ == nullptr) continue;
    if (blow.kind == ProcessBlow::Kind::kill || blow.kind == ProcessBlow::Kind::terminate) struck_by_ = blow.fault;
    if (blow.kind == ProcessBlow::Kind::kill) kill();
    if (blow.kind == ProcessBlow::Kind::terminate) terminate(blow.time);
    if (blow.kind == ProcessBlow::Kind::pause) paused_until_ = std::max(paused_until_, world_.kernel.now() + blow.time);
  }
  if (!back_after_.has_value() || is_ending_ || session_ == nullptr) return;
  struck_by_ = blows.empty() ? struck_by_ : blows.back().fault;
  kill();
}

void Child::set_cost_factor(const Ratio& factor) {
  cost_factor_ = factor;
  if (session_ == nullptr) return;
  session_->set_cost_factor(static_cast<std::uint32_t>(factor.numerator),
                            static_cast<std::uint32_t>(factor.denominator));
}

void Child::step_clock(Duration by) {
  clock_stepped_ns_ += by.ns();
  if (session_ != nullptr) session_->step_realtime(by.ns());
}

void Child::kill() {
  is_ending_ = true;
  paused_until_ = {};  // a process that stands still can be killed
  kill_timer_.cancel();
  if (world_.process_log != nullptr) world_.process_log->signalled(SIGKILL);
  session_->kill();
}

void Child::terminate(Duration grace) {
  if (std::exchange(is_ending_, true)) return;
  if (world_.process_log != nullptr) world_.process_log->signalled(SIGTERM);
  session_->signal(SIGTERM);
  kill_timer_.schedule(world_.kernel.now() + grace, EventClass::timer, lane_, [this] {
    if (is_ended_ || session_ == nullptr) return;
    kill();
    wake();
  });
}

void Child::come_back() {
  if (is_ended_) return;
  try {
    begin_session();
  } catch (const shim::Error& error) {
    return end_with(error.what());
  }
  start();
}

// The connection of the call is gone with the process: what was queued at its far end is not played, and until there is
// another one whatever the caller does reaches nobody.
void Child::lose_line() {
  if (!phone_.has_value()) return;
  phone_.reset();
  phone_line_.reset();
  phone_id_ = 0;
  line_has_ended_ = false;
  world_.caller.clear();
  state_.notice(
      "the agent's process ended in the call: the line broke, and is dialled again when the next one listens");
  without_line_.emplace(world_.kernel, world_.lane);
  without_line_->spawn(wait_without_line());
}

sim::Task<void> Child::wait_without_line() {
  for (;;) {
    std::optional<sim::CallerInput> input = co_await world_.caller.inbox().receive();
    if (!input.has_value() || std::holds_alternative<sim::CallerHungUp>(*input)) break;
  }
  end_with("");
}

// --- what it did ---

// Which of several channels behind one host and port will be asked is not known yet: a connection fails only where it
// would for each of them.
bool Child::meets_fault(const std::string& host, std::uint16_t port, sim::ConnectStage stage) {
  if (world_.connects == nullptr) return false;
  const std::vector<std::string> channels = state_.endpoints.channels_at(host, port);
  const auto ahead = static_cast<std::uint32_t>(std::count_if(served_.begin(), served_.end(), [&](const auto& each) {
    const ServedConnection& other = each.second->connection;
    return other.is_fresh() && other.origin().host == host && (port == 0 || other.origin().port == port);
  }));
  // The connection whose handshake begins is one of them itself.
  const std::uint32_t others = stage == sim::ConnectStage::handshake && ahead > 0 ? ahead - 1 : ahead;
  const bool all_fail = !channels.empty() && std::all_of(channels.begin(), channels.end(), [&](const auto& channel) {
    return world_.connects->would_fail(channel, stage, others);
  });
  if (all_fail) world_.connects->fail(channels.front(), stage);
  return all_fail;
}

// The far end is a round trip away; nothing happens where the process is another one by then.
void Child::after_round_trip(std::function<void(shim::Session&)> what) {
  const std::uint32_t incarnation = incarnation_;
  world_.kernel.schedule(world_.kernel.now() + sim::kRoundTrip, EventClass::delivery, lane_,
                         [this, alive = std::weak_ptr<bool>(alive_), incarnation, what = std::move(what)] {
                           if (alive.expired() || is_ended_ || session_ == nullptr || incarnation != incarnation_)
                             return;
                           what(*session_);
                           wake();
                         });
}

void Child::take(const shim::Connect& made) {
  if (state_.endpoints.reach(made.host, made.port) == Reach::nobody) {
    state_.notice(fmt::format(
        "the agent connected to {}:{}, which no channel of the trace answers: refused; name it with `bind` or `sink`",
        made.host, made.port));
    session_->refuse(made.id);
    return;
  }
  if (meets_fault(made.host, made.port, sim::ConnectStage::connect))
    return after_round_trip([id = made.id](shim::Session& session) { session.refuse(id); });
  served_.emplace(made.id, std::make_unique<Served>(*this, made));
  session_->accept(made.id);
}

void Child::take(const shim::Listen& listening) {
  const Dial& dial = state_.dial;
  const bool is_ours = dial.port == 0 || dial.port == listening.port;
  if (!is_ours || phone_.has_value()) return;
  const std::optional<shim::Id> id = session_->dial(listening.port);
  if (!id.has_value()) return;
  without_line_.reset();
  phone_id_ = *id;
  phone_line_.emplace(*session_, *id, [this] { wake(); });
  const char* const usual = world_.caller.format().has_value() ? "/media-stream" : "/chat";
  phone_.emplace(
      world_, *phone_line_,
      PhoneLine::Address{.host = dial.port == 0 ? fmt::format("{}:{}", dial.host, listening.port) : dial.host,
                         .target = dial.target.empty() ? usual : dial.target,
                         .attempt = ++lines_});
}

void Child::take(const shim::Data& data) {
  if (phone_.has_value() && data.id == phone_id_) {
    phone_->feed(data.octets);
    if (phone_->agent_hung_up()) world_.caller.hang_up();
  } else if (const auto served = served_.find(data.id); served != served_.end()) {
    served->second->connection.feed(data.octets);
  }
}

void Child::take(const shim::Closed& closed) {
  end_connection(closed.id);
  served_.erase(closed.id);
}

void Child::end_connection(shim::Id id) {
  if (phone_.has_value() && id == phone_id_) {
    // Whether the agent hung up or died is told by its exit, which comes behind the end of its connections.
    line_has_ended_ = !phone_->is_over();
  } else if (const auto served = served_.find(id); served != served_.end()) {
    served->second->connection.end();
  }
}

void Child::take(const shim::Resolve& question) {
  const bool is_same = question.name == failed_name_ && world_.kernel.now() == failed_name_at_;
  if (is_same || meets_fault(question.name, 0, sim::ConnectStage::name)) {
    failed_name_ = question.name;
    failed_name_at_ = world_.kernel.now();
    return after_round_trip(
        [id = question.id](shim::Session& session) { session.answer_failure(id, shim::NameFailure::not_found); });
  }
  if (state_.endpoints.knows(question.name)) return session_->answer(question.id);
  state_.notice(fmt::format(
      "the agent looked up {}, which no channel of the trace answers: not found; name it with `bind` or `sink`",
      question.name));
  session_->answer_failure(question.id, shim::NameFailure::not_found);
}

void Child::take(const shim::HelperStarted& helper) {
  state_.notice(helper.what + ". It has no network and the real clock, and its work takes no time of the call");
}

void Child::take(const shim::Datagram& datagram) {
  state_.notice(fmt::format("the agent sent a datagram to {}:{}, where nobody is; media over UDP is not replayed",
                            datagram.host, datagram.port));
}

void Child::take(const shim::Exit& exit) {
  if (!exit.first) return;
  exit_ = exit;
  if (world_.process_log != nullptr) world_.process_log->exited(exit.signal != 0 ? 128 + exit.signal : exit.status);
}

void Child::take(const shim::Hang& hang) {
  end_with(fmt::format("it hangs: a thread ran without a call that lets time pass\n{}", hang.stack));
}

// --- the end ---

bool Child::call_is_done() const {
  return call_is_over() && std::none_of(served_.begin(), served_.end(),
                                        [](const auto& each) { return each.second->connection.is_busy(); });
}

void Child::end_after_exit() {
  const bool was_over = call_is_over();
  if (back_after_.has_value() && !was_over) {
    lose_line();
    end_session();
    exit_.reset();
    kill_timer_.cancel();
    is_ending_ = false;
    start_timer_.schedule(world_.kernel.now() + *std::exchange(back_after_, std::nullopt), EventClass::timer, lane_,
                          [this] { come_back(); });
    return;
  }
  const bool is_clean = !exit_.has_value() || (exit_->status == 0 && exit_->signal == 0);
  if (is_clean || was_over) return end_with("");
  const std::string cause = struck_by_.empty() ? "" : fmt::format(" (fault '{}')", struck_by_);
  end_with(exit_->signal != 0 ? fmt::format("it was ended by signal {}{}", exit_->signal, cause)
                              : fmt::format("it exited with status {}{}", exit_->status, cause));
}

void Child::end_with(const std::string& failure) {
  if (std::exchange(is_ended_, true)) return;
  failure_ = failure;
  pump_timer_.cancel();
  ended_.push(true);
}

}  // namespace ringback::process
