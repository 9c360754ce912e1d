// Records a live session into a trace file, so that nothing that was taken is lost.
//
// When `append` returns, the event is in the journal (`<path>.wal`) or the file: a kill of the process between any two
// instructions loses nothing of it, and `ringback recover` makes a trace of what is there. Chunks are made and written
// by a thread of the recorder's own. A failure of the disk stops the recording with an Error from the next call; what
// was taken before stays readable.
//
//   Recorder recorder("call.rbt");
//   recorder.append(event);
//   Digest digest = recorder.finish({{"origin", "media server"}});
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/base/hash.h"
#include "src/trace/event.h"
#include "src/trace/trace.h"

namespace ringback::record {

enum class RecordMode {
  create,         // a new file; Error where there is one already
  continue_file,  // adds to a finished trace
};

struct RecorderOptions {
  RecordMode mode = RecordMode::create;
  // Half the journal: how much is held before it is written. A multiple of 4096, at least 4096.
  std::size_t half_bytes = 1280u << 10;
  // What is held is written as chunks of so many octets of bodies; 1 to 16 MiB.
  std::size_t chunk_bytes = 256u << 10;
};

class Recorder final {
 public:
  // Throws Error where the file or its journal cannot be made, or the trace to continue is not whole.
  explicit Recorder(const std::string& path, RecorderOptions options = {});
  // Without `finish`: leaves the file unfinished and its journal beside it.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // From one thread at a time. Throws Error where the event breaks the rules of a trace (the recording goes on), or
  // where the disk has refused something (it does not). Waits only where a whole half is still being written while the
  // other is full.
  void append(const trace::Event& event);
  // Everything so far is safe from a loss of power when it returns. It happens by itself about every 100 ms.
  void sync();
  // Completes the file and deletes the journal. `metadata` replaces facts of the same name in a continued trace.
  Digest finish(const trace::Metadata& metadata);
  // How many events the trace has, those of a continued one included.
  std::uint64_t events() const;
  const trace::ChannelTable& channels() const;
  // The disk has refused something: every `append` throws.
  bool has_failed() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ringback::record
