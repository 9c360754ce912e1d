#include "sim/explore/tape.h"

#include <optional>
#include <utility>

#include "sim/peers/recorded_world.h"
#include "src/base/hash.h"

namespace ringback::sim {

struct Tape::Reel {
  trace::Trace recording;
  std::optional<RecordedWorld> world;  // read when it is first wanted; so is the number
  std::optional<std::uint64_t> number;
};

Tape::Tape(trace::Trace recording)
    : reel_(std::make_shared<Reel>(Reel{.recording = std::move(recording), .world = {}, .number = {}})) {}

const trace::Trace& Tape::operator*() const { return reel_->recording; }

const RecordedWorld& Tape::world() const {
  if (!reel_->world.has_value()) reel_->world = read_recorded_world(reel_->recording);
  return *reel_->world;
}

std::uint64_t Tape::number() const {
  if (!reel_->number.has_value()) {
    std::uint64_t number = 0;
    const trace::EventLog& events = reel_->recording.events;
    for (auto each = events.begin(); each.index() < events.size(); ++each) number = hash64(each.row(), number);
    reel_->number = number;
  }
  return *reel_->number;
}

}  // namespace ringback::sim
