#include "sim/peers/model_walk.h"

#include <algorithm>

#include "src/base/error.h"

namespace ringback::sim {

ModelWalk::ModelWalk(const trace::Trace& recording, const trace::Channel& channel)
    : events_(recording.events), channel_(channel), at_(events_.begin()) {}

const ModelEvent* ModelWalk::next() {
  for (; at_.index() < events_.size(); ++at_) {
    const VirtualTime at = at_.time();
    ran_backwards_ = ran_backwards_ || at < latest_;
    latest_ = std::max(latest_, at);
    if (at_.channel() != channel_.id || !take(*at_)) continue;
    ++at_;
    return &seen_;
  }
  return nullptr;
}

bool ModelWalk::take(const trace::Event& event) {
  seen_.at = latest_;
  seen_.event = at_.index();
  seen_.from_agent = event.direction == trace::Direction::from_agent;
  try {
    return read(event);
  } catch (const Error& error) {
    fail("event {} on channel '{}': {}", at_.index() + 1, channel_.name, error.what());
  }
}

// False for kinds that are nothing of these.
bool ModelWalk::read(const trace::Event& event) {
  switch (event.kind) {
    case trace::EventKind::message:
      seen_.what = ModelEvent::What::frame;
      wire::parse_realtime(trace::body_field(event.body, 1), seen_.frame);
      return true;
    case trace::EventKind::opened:
      seen_.what = ModelEvent::What::opened;
      seen_.frame = {};
      return true;
    case trace::EventKind::closed:
      seen_.what = ModelEvent::What::closed;
      seen_.frame = {};
      seen_.closed = trace::body_of<trace::Closed>(event);
      return true;
    default:
      return false;
  }
}

}  // namespace ringback::sim
