// Writes a trace file event by event, in memory that does not grow with the trace.
//
// Events are kept until a chunk is full, then written as one. What is written is a function of the events, the metadata
// and the options alone: no clock, no chance, so that the same trace gives the same file.
//
//   Writer writer(sink);
//   for (const Event& event : events) writer.append(event);
//   Digest digest = writer.finish({{"origin", "scenario clinic-lookup"}});
#pragma once

#include <cstdint>
#include <memory>

#include "src/base/hash.h"
#include "src/base/io.h"
#include "src/trace/event.h"
#include "src/trace/features.h"
#include "src/trace/trace.h"

namespace ringback::trace {

// When a chunk is full. Smaller chunks are found faster and compress worse; the digest does not depend on it.
struct WriterOptions {
  std::size_t chunk_bytes = 256u << 10;  // of bodies; 1 to 16 MiB. A greater body has a chunk of its own
  std::uint32_t chunk_events = 65'536;   // 1 to 262144
  // What the file may use (features.h); with kFeatureDictionary it is also compressed harder. A trace that is continued
  // keeps to what it was begun with.
  std::uint64_t features = kUsualFeatures;

  // For a file that is sent to people, such as a repro: as small as can be, at some 100 times the time.
  static WriterOptions smallest() { return {.chunk_bytes = 16u << 20, .features = kKnownFeatures}; }
};

// Throws Error where event number `number` cannot be in any trace, whatever stands before it.
void check_event(const Event& event, std::uint64_t number);

class Writer {
 public:
  // `sink` must outlive it.
  explicit Writer(ByteSink& sink, WriterOptions options = {});
  // Goes on with a trace that was finished: `sink` takes what follows its last octet. Throws Error (DamageError) where
  // `finished` is not a finished trace. Only the chunks that are needed for it are read.
  Writer(ByteSource& finished, ByteSink& sink, WriterOptions options = {});
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Throws Error where the event breaks the rules of ChannelTable, its body is too large, its direction or origin is
  // none, or the sink refuses; the writer is then of no further use.
  void append(const Event& event);
  // Writes the last chunk, the index and `metadata`; returns the content root. Nothing may be appended afterwards. A
  // file that was not finished is refused by readers. Throws Error where the sink refuses or the metadata is beyond its
  // limits.
  Digest finish(const Metadata& metadata);
  // Writes what was appended since the last chunk as one, however little it is.
  void seal();
  // How many the trace has so far.
  std::uint64_t events() const;
  const ChannelTable& channels() const;
  // Of a trace that is continued: what it had. `finish` replaces them.
  const Metadata& metadata() const;
  // All zeros until the first chunk is written.
  const Hash128& trace_id() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ringback::trace
