// Reads a trace file event by event, in memory that does not grow with the trace.
//
// Every octet that an event comes from has been checked against its hash before the event is handed out.
//
//   Reader reader(source);
//   Event event;
//   while (reader.next(event)) ...
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/base/hash.h"
#include "src/base/io.h"
#include "src/trace/event.h"
#include "src/trace/index.h"
#include "src/trace/trace.h"

namespace ringback::trace {

// How far reading goes to prove what it reads. Every octet is checked by its hash in any case.
enum class Proof {
  digest,  // and at the end that all events together have the digest that the file states
  hashes,
};

class Reader {
 public:
  // Reads header and footer. Throws Error (DamageError) where the file is not a finished, undamaged trace. `source`
  // must outlive it.
  explicit Reader(ByteSource& source, Proof proof = Proof::digest);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const Metadata& metadata() const;
  // The content root that the file states. Proven once `next` has gone from the first event to the end, unless it was
  // not to be.
  const Digest& digest() const;
  // How many the whole trace has.
  std::uint64_t events() const;
  // How many each channel has, by channel id from the control channel; channels after the last that has any are left
  // out.
  const std::vector<std::uint64_t>& channel_events() const;
  const std::vector<ChunkEntry>& chunks() const;
  // The content root's leaves.
  const std::vector<Digest>& leaves() const;
  // The program that wrote the file, for people.
  const std::string& writer() const;

  // Moves on to the next event; false at the end of the trace. Throws Error (DamageError) where the next chunk is
  // damaged, or at the end if the whole is not what the file states. `event` keeps its memory from call to call.
  bool next(Event& event);
  // The same for the next event of one channel. Of chunks that have the channel only its own octets are read; the
  // others are not read at all. After a seek to a time: the channel's first event not before it. `next` after it goes
  // on behind the event that this gave last.
  bool next_on(ChannelId channel, Event& event);
  // Goes on with the first event, in the trace's order, that is not before `at`; to the end where there is none. Reads
  // nothing: the next call finds the event in its chunk.
  void seek(VirtualTime at);
  // The same with event number `number`, from 0; to the end where the trace has no more.
  void seek_event(std::uint64_t number);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ringback::trace
