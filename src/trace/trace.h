// A whole trace: what `read_trace` gives and what importers make. With a Scratch most of it lies there, see EventLog.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/hash.h"
#include "src/base/io.h"
#include "src/trace/bodies.h"
#include "src/trace/event.h"
#include "src/trace/event_log.h"

namespace ringback::trace {

// Facts about a trace that do not enter its digest: sorted text keys and values. Keys that ringback itself writes:
// "origin" (what made the file), "redaction" (what was removed), and for run traces "command", "seed", "level",
// "taints", "agent", "schedule", "properties".
using Metadata = std::map<std::string, std::string>;
inline constexpr std::size_t kMetadataEntriesMax = 1024;
inline constexpr std::size_t kMetadataBytesMax = 1u << 20;  // all keys and values together

// A channel as its declaration says.
struct Channel {
  ChannelId id = kControlChannel;
  ChannelKind kind = ChannelKind::control;
  std::string name;
  std::string encoding;
  std::uint32_t rate = 0;
  std::string url;

  friend bool operator==(const Channel&, const Channel&) = default;
};

// Follows the declarations in an event stream and checks them: ids from 1 without holes, at most kChannelsMax, names
// unique and at most kChannelNameBytesMax octets, nothing on a channel before its declaration; recording facts at most
// once, on the control channel, before everything but declarations and gaps.
class ChannelTable {
 public:
  // Takes the next event of the trace. Throws Error where the rules are broken.
  void observe(const Event& event) {
    const bool is_ordinary = event.kind != EventKind::channel_declared && event.kind != EventKind::recording_facts;
    if (!is_ordinary || may_state_facts_ || event.channel > channels_.size()) apply_rules(event);
  }
  // In order of their ids, without the control channel.
  const std::vector<Channel>& channels() const { return channels_; }
  // Null where there is none.
  const Channel* find(ChannelId id) const;
  const Channel* find(std::string_view name) const;

 private:
  void apply_rules(const Event& event);

  std::vector<Channel> channels_;
  bool may_state_facts_ = true;  // nothing but declarations and gaps so far
};

struct Trace {
  Trace() = default;
  explicit Trace(std::shared_ptr<Scratch> scratch) : events(std::move(scratch)) {}

  Metadata metadata;
  EventLog events;  // declarations included; this order is the trace's total order
  ChannelTable channels;

  // Appends and observes; returns the row as EventLog::push_back does. Throws Error as ChannelTable::observe does.
  BytesView add(const Event& event);
  // Declares the next channel at `at` and returns its id.
  ChannelId declare(const Channel& channel, VirtualTime at = {});
  // The recording facts, defaults where the trace states none.
  RecordingFacts facts() const;
  // From 0 to the last event.
  Duration duration() const;
};

// Reads a whole trace file. Throws Error (file, offset, expected, found) on anything that is not a whole, undamaged
// trace.
Trace read_trace(ByteSource& source, std::shared_ptr<Scratch> scratch = nullptr);
// Writes `trace`; returns its content root.
Digest write_trace(const Trace& trace, ByteSink& sink);
// The same as small as can be, in more time: for a file that goes into a bug report.
Digest write_small_trace(const Trace& trace, ByteSink& sink);

}  // namespace ringback::trace
