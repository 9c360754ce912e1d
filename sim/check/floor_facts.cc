#include "sim/check/floor_facts.h"

#include <algorithm>

namespace ringback::sim {
namespace {

using Kind = FloorFacts::Kind;

// What happens on the model's channel keeps its order.
int rank_of(Kind kind) {
  switch (kind) {
    case Kind::response_opened:
    case Kind::response_closed:
    case Kind::call_opened:
    case Kind::call_closed:
      return static_cast<int>(Kind::response_opened);
    default:
      return static_cast<int>(kind);
  }
}

void feed(Floor& floor, Kind kind, VirtualTime at) {
  switch (kind) {
    case Kind::call_started:
      return floor.call_started(at);
    case Kind::connection_lost:
      return floor.connection_lost(at);
    case Kind::caller_stopped:
      return floor.caller_stopped(at);
    case Kind::caller_started:
      return floor.caller_started(at);
    case Kind::caller_typed:
      floor.caller_started(at);
      return floor.caller_stopped(at);
    case Kind::response_opened:
      return floor.pending_opened(Pending::response, at);
    case Kind::response_closed:
      return floor.pending_closed(Pending::response, at);
    case Kind::call_opened:
      return floor.pending_opened(Pending::call, at);
    case Kind::call_closed:
      return floor.pending_closed(Pending::call, at);
    case Kind::agent_began_to_send:
      return floor.agent_began_to_send(at);
    case Kind::agent_sent:
      return floor.agent_sent(at);
    case Kind::agent_audible_until:
      return floor.agent_audible_until(at);
    case Kind::agent_audible_from:
      return floor.agent_audible_from(at);
    case Kind::agent_wrote:
      floor.agent_sent(at);
      floor.agent_audible_from(at);
      return floor.agent_audible_until(at);
  }
}

}  // namespace

Floor FloorFacts::play(VirtualTime end) const {
  std::vector<Fact> facts = facts_;
  std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) {
    return a.at != b.at ? a.at < b.at : rank_of(a.kind) < rank_of(b.kind);
  });
  Floor floor;
  for (const Fact& fact : facts) {
    if (fact.at > end) break;
    feed(floor, fact.kind, fact.at);
  }
  floor.finish(end);
  return floor;
}

}  // namespace ringback::sim
