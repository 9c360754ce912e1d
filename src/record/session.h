// A recorder for threads that must not wait: events go through a bounded queue to a thread that records them.
//
// What finds no room in the queue is dropped, counted, and recorded as a Gap event before the next event that is
// recorded. After a failure of the disk everything is dropped.
//
//   Session session("call.rbt");
//   ChannelId model = session.declare({.kind = ChannelKind::model, .name = "model"});
//   session.push(head, fields);
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "src/base/hash.h"
#include "src/record/recorder.h"

namespace ringback::record {

struct SessionOptions {
  RecorderOptions recorder;
  std::size_t queue_bytes = 4u << 20;  // a power of two, from 64 KiB
};

// A field of a body: octets, or, without octets, an integer.
struct Field {
  std::uint8_t tag = 0;
  const char* octets = nullptr;
  std::size_t length = 0;
  std::int64_t integer = 0;
};

enum class Push { queued, dropped, refused };

struct SessionCounts {
  std::uint64_t recorded = 0;  // in the journal or the file
  std::uint64_t dropped = 0;   // for want of room, or after a failure
  std::uint64_t refused = 0;   // against the rules of a trace
};

class Session final {
 public:
  // Throws Error as Recorder does.
  explicit Session(const std::string& path, SessionOptions options = {});
  // As Recorder's: what is queued is recorded, the file is left unfinished.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Any thread; may wait for room. Throws Error for a name or kind that no channel may have, or a name that is taken.
  trace::ChannelId declare(const trace::Channel& channel, VirtualTime at);
  // Any thread; never waits and takes no memory. Fields ascend by their tags; those with their default are left out.
  // Refused: a channel that was not declared, a body beyond its limit or half the queue, a declaration.
  Push push(const trace::Event& head, std::span<const Field> fields);
  // Waits until everything that was queued before is recorded. Throws Error where the disk has failed.
  void flush();
  SessionCounts counts() const;
  // Why events are no longer recorded; empty while they are.
  std::string failure() const;
  Digest finish(const trace::Metadata& metadata);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ringback::record
