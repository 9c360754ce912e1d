#include "tests/world.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace ringback::shim {

namespace {

constexpr std::int64_t kMs = 1'000'000;

std::string line(std::int64_t now_ns, const std::string& text) {
  char time[32];
  std::snprintf(time, sizeof time, "%.6f ", static_cast<double>(now_ns) / 1e9);
  return time + text + "\n";
}

std::string text_of(const Occurrence& occurrence) {
  struct Visitor {
    std::string operator()(const Connect& o) const {
      return "connect " + std::to_string(o.id) + " " + o.host + ":" + std::to_string(o.port);
    }
    std::string operator()(const Listen& o) const { return "listen " + std::to_string(o.port); }
    std::string operator()(const Accepted& o) const { return "accepted " + std::to_string(o.id); }
    std::string operator()(const Data& o) const {
      return "data " + std::to_string(o.id) + " " + std::to_string(o.octets.size());
    }
    std::string operator()(const EndOfStream& o) const { return "end of " + std::to_string(o.id); }
    std::string operator()(const Closed& o) const { return "closed " + std::to_string(o.id); }
    std::string operator()(const Resolve& o) const { return "resolve " + o.name + (o.over_udp ? " over UDP" : ""); }
    std::string operator()(const Datagram& o) const {
      return "datagram to " + o.address + ":" + std::to_string(o.port) + " " + std::to_string(o.octets.size());
    }
    std::string operator()(const Exit& o) const {
      return "exit " + std::to_string(o.pid) + " status " + std::to_string(o.status) + " signal " +
             std::to_string(o.signal);
    }
    std::string operator()(const HelperStarted& o) const { return "helper: " + o.what; }
    std::string operator()(const Taint& o) const { return "taint: " + o.what; }
    std::string operator()(const Hang&) const { return "HANG"; }
  };
  return std::visit(Visitor{}, occurrence);
}

}  // namespace

void World::run_until(std::int64_t now_ns) {
  while (!events_.empty() && events_.begin()->first <= now_ns) {
    const std::function<void()> what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
  }
}

void World::connect(const Connect& connect, std::int64_t now_ns) {
  const Id id = connect.id;
  ports_[id] = connect.port;
  switch (connect.port) {
    case 7:
    case 83:
      session_.accept(id);
      break;
    case 9:
      session_.accept(id);
      session_.set_reading(id, false);
      break;
    case 81:
      break;
    case 82:
      at(now_ns + 1000 * kMs, [this, id] { session_.accept(id); });
      break;
    case 84:
      session_.accept(id);
      session_.write(id, "bye");
      session_.close(id);
      break;
    default:
      session_.refuse(id);
  }
}

void World::data(const Data& data, std::int64_t now_ns) {
  if (ports_[data.id] == 83) session_.reset(data.id);
  if (ports_[data.id] == 7)
    at(now_ns + 10 * kMs, [this, id = data.id, octets = data.octets] { session_.write(id, octets); });
}

void World::handle(const Occurrence& occurrence, std::int64_t now_ns, Outcome& outcome) {
  outcome.events += line(now_ns, text_of(occurrence));
  if (const auto* o = std::get_if<Connect>(&occurrence)) connect(*o, now_ns);
  if (const auto* o = std::get_if<Data>(&occurrence)) data(*o, now_ns);
  if (const auto* o = std::get_if<EndOfStream>(&occurrence)) session_.close(o->id);
  if (const auto* o = std::get_if<Taint>(&occurrence)) outcome.taints.push_back(o->what);
  if (const auto* o = std::get_if<Hang>(&occurrence)) outcome.hang = o->stack.empty() ? "?" : o->stack;
  if (const auto* o = std::get_if<Resolve>(&occurrence)) {
    if (o->name.rfind("missing", 0) == 0)
      session_.answer_failure(o->id, NameFailure::not_found);
    else
      session_.answer(o->id);
  }
  if (const auto* o = std::get_if<Listen>(&occurrence))
    at(now_ns + 100 * kMs, [this, port = o->port] {
      const std::optional<Id> id = session_.dial(port, "203.0.113.5", 5555);
      if (id) session_.write(*id, "ping");
    });
  if (const auto* o = std::get_if<Exit>(&occurrence); o && o->first) {
    outcome.status = o->status;
    outcome.signal = o->signal;
  }
}

Outcome run(const Launch& launch, std::int64_t limit_ns, const Prepare& prepare) {
  const auto begin = std::chrono::steady_clock::now();
  Session session(launch);
  World world(session);
  Outcome outcome;
  if (prepare) prepare(session, world);
  std::int64_t now = 0;
  for (;;) {
    const Turn turn = session.resume(now, std::min(world.next(), limit_ns));
    for (const Occurrence& occurrence : turn.occurrences) world.handle(occurrence, turn.now_ns, outcome);
    now = turn.now_ns;
    outcome.ended = turn.exited;
    if (turn.exited) break;
    if (!turn.occurrences.empty()) continue;
    now = std::min(turn.deadline_ns.value_or(kNever), world.next());
    if (now == kNever || now >= limit_ns) break;
    world.run_until(now);
  }
  outcome.virtual_ns = now;
  outcome.output = session.output();
  outcome.counters = session.counters();
  outcome.facts = session.facts();
  outcome.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outcome;
}

}  // namespace ringback::shim
