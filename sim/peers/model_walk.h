// A recorded Realtime session, event by event.
//
//   ModelWalk walk(recording, channel);
//   while (const ModelEvent* event = walk.next()) use(event->at, event->frame);
#pragma once

#include <cstddef>

#include "src/base/time.h"
#include "src/trace/bodies.h"
#include "src/trace/trace.h"
#include "src/wire/realtime.h"

namespace ringback::sim {

// A frame, or the opening or end of a connection.
struct ModelEvent {
  enum class What { frame, opened, closed };
  VirtualTime at;
  std::size_t event = 0;
  What what = What::frame;
  bool from_agent = false;
  wire::RealtimeFrame frame;
  trace::Closed closed;
};

// Goes through the recording's frames on one channel, one at a time, with times that never run backwards. Recording and
// channel outlive it.
class ModelWalk {
 public:
  ModelWalk(const trace::Trace& recording, const trace::Channel& channel);

  // Null at the end. Lives until the next call. Throws Error where a frame is not a Realtime frame.
  const ModelEvent* next();
  // So far.
  bool ran_backwards() const { return ran_backwards_; }

 private:
  bool take(const trace::Event& event);
  bool read(const trace::Event& event);

  const trace::EventLog& events_;
  const trace::Channel& channel_;
  trace::EventLog::Iterator at_;
  ModelEvent seen_;
  VirtualTime latest_;
  bool ran_backwards_ = false;
};

}  // namespace ringback::sim
