#include "src/trace/recover.h"

#include <algorithm>

#include "src/trace/codec/salvage.h"
#include "src/trace/journal.h"
#include "src/trace/rows.h"
#include "src/trace/writer.h"

namespace ringback::trace {
namespace {

// A run of events that is whole: in a chunk or in half a journal.
struct Run {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  const FoundChunk* chunk = nullptr;
  const JournalHalf* half = nullptr;
};

class Recoverer {
 public:
  Recoverer(ByteSource& broken, ByteSource* journal, ByteSink& out) : salvage_(broken), writer_(out) {
    if (journal != nullptr) halves_ = read_journal(*journal);
    // A journal of another trace stands there by mistake.
    if (salvage_.trace_id().has_value()) {
      std::erase_if(halves_, [&](const JournalHalf& half) {
        return half.trace_id != *salvage_.trace_id() && half.trace_id != Hash128();
      });
    }
    if (!salvage_.trace_id().has_value() && halves_.empty()) {
      fail("{}: expected a ringback trace, found no part of one", broken.name());
    }
  }

  Recovery run();

 private:
  std::vector<Run> runs() const;
  void take(const Run& run);
  bool keeps_rules(BytesView rows, std::uint64_t skipped) const;
  void append_rows(BytesView rows, std::uint64_t skipped);
  void declare_up_to(std::int64_t id);
  void append(const Event& event);
  void lose(EventRange range);
  void close_end();
  void check_digest(const Digest& digest);
  Metadata metadata() const;

  Salvage salvage_;
  std::vector<JournalHalf> halves_;
  Writer writer_;
  ChannelTable channels_;
  Recovery result_;
  std::uint64_t next_ = 0;  // number of the next event in the original
  VirtualTime last_;
  Bytes rows_;
};

Recovery Recoverer::run() {
  for (const OctetRange& range : salvage_.damaged()) {
    result_.damaged.push_back({.offset = range.offset, .length = range.length});
  }
  for (const Run& run : runs()) take(run);
  close_end();
  const Metadata facts = metadata();
  result_.digest = writer_.finish(facts);
  check_digest(result_.digest);
  return std::move(result_);
}

std::vector<Run> Recoverer::runs() const {
  std::vector<Run> runs;
  for (const FoundChunk& chunk : salvage_.chunks()) {
    runs.push_back({.first = chunk.header.first_event, .count = chunk.header.events, .chunk = &chunk});
  }
  for (const JournalHalf& half : halves_) {
    if (half.events > 0) runs.push_back({.first = half.first_event, .count = half.events, .half = &half});
  }
  // Chunks before the journal: what was written is preferred.
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.first < b.first; });
  return runs;
}

void Recoverer::take(const Run& run) {
  // A duplicate, or what the journal still has of an event that was written.
  if (run.first < next_ && run.count <= next_ - run.first) return;
  if (run.chunk != nullptr && !salvage_.rows_of(*run.chunk, rows_)) return;
  const BytesView rows = run.chunk != nullptr ? BytesView(rows_) : BytesView(run.half->rows);
  const std::uint64_t skipped = run.first < next_ ? next_ - run.first : 0;
  if (!keeps_rules(rows, skipped)) return;
  if (run.first > next_) lose({.first = next_, .count = run.first - next_});
  append_rows(rows, skipped);
  const std::uint64_t taken = run.count - skipped;
  next_ = std::max(next_, run.first) + taken;
  result_.events += taken;
  if (run.chunk != nullptr) {
    ++result_.chunks;
  } else {
    result_.journal_events += taken;
  }
}

// Whether these events could follow what is there already: damage cannot break the rules, but somebody may have.
bool Recoverer::keeps_rules(BytesView rows, std::uint64_t skipped) const {
  ChannelTable table = channels_;
  Event event;
  for (; !rows.empty(); rows.remove_prefix(first_row(rows).size())) {
    if (skipped > 0) {
      --skipped;
      continue;
    }
    const BytesView row = first_row(rows);
    // Channels that are not known may be those whose declarations are lost.
    if (row_channel(row) > kChannelsMax) return false;
    read_row(row, event);
    if (event.kind != EventKind::channel_declared) continue;
    try {
      const auto declared = body_of<ChannelDeclared>(event);
      if (declared.id > 0 && static_cast<std::size_t>(declared.id) <= table.channels().size()) return false;
    } catch (const Error&) {
      return false;
    }
  }
  return true;
}

void Recoverer::append_rows(BytesView rows, std::uint64_t skipped) {
  Event event;
  while (!rows.empty()) {
    const BytesView row = first_row(rows);
    rows.remove_prefix(row.size());
    if (skipped > 0) {
      --skipped;
      continue;
    }
    read_row(row, event);
    if (event.kind == EventKind::channel_declared) {
      declare_up_to(body_of<ChannelDeclared>(event).id - 1);
    } else {
      declare_up_to(event.channel);
    }
    append(event);
  }
}

// Declares what the lost events declared: as the footer repeats it, else by a name that says so.
void Recoverer::declare_up_to(std::int64_t id) {
  while (static_cast<std::int64_t>(channels_.channels().size()) < id) {
    const auto number = static_cast<std::int64_t>(channels_.channels().size()) + 1;
    const auto& footer = salvage_.footer();
    const auto index = static_cast<std::size_t>(number - 1);
    if (footer.has_value() && index < footer->declarations.size() && !footer->declarations[index].empty()) {
      try {
        append({.at = last_, .kind = EventKind::channel_declared, .body = footer->declarations[index]});
        continue;
      } catch (const Error&) {
        // Not a declaration that may stand here.
      }
    }
    std::string name = fmt::format("lost:{}", number);
    while (channels_.find(name) != nullptr) name += "'";
    append(make_event(
        {.at = last_},
        ChannelDeclared{.id = number, .channel_kind = static_cast<std::int64_t>(ChannelKind::tcp), .name = name}));
    ++result_.declarations_lost;
  }
}

void Recoverer::append(const Event& event) {
  channels_.observe(event);
  writer_.append(event);
  last_ = event.at;
}

void Recoverer::lose(EventRange range) {
  result_.lost.push_back(range);
  append(make_event({.at = last_}, Gap{.events_lost = static_cast<std::int64_t>(range.count.value_or(0)),
                                       .reason = range.count.has_value() ? "recovered: these events are lost"
                                                                         : "recovered: the end is lost"}));
}

// What is known of events after the last one that is there.
void Recoverer::close_end() {
  std::optional<std::uint64_t> total;
  if (salvage_.trailer().has_value()) {
    total = salvage_.trailer()->events;
  } else if (salvage_.footer_is_last()) {
    total = 0;
    for (const ChunkEntry& chunk : salvage_.footer()->chunks)
      total = std::max(*total, chunk.first_event + chunk.events);
  } else if (!halves_.empty() && !halves_.back().is_torn) {
    // The journal of a recording that was killed: it ends where the recording ended.
    total = halves_.back().first_event + halves_.back().events;
  }
  if (!total.has_value()) {
    lose({.first = next_, .count = std::nullopt});
  } else if (*total > next_) {
    lose({.first = next_, .count = *total - next_});
  }
  result_.metadata_lost = salvage_.trailer().has_value() && !salvage_.footer_is_last();
}

// A spliced file may have all numbers and yet other events.
void Recoverer::check_digest(const Digest& digest) {
  if (salvage_.trailer().has_value() && result_.lost.empty() && result_.declarations_lost == 0) {
    result_.digest_differs = digest != salvage_.trailer()->content_root;
  }
}

Metadata Recoverer::metadata() const {
  Metadata facts = salvage_.footer().has_value() ? salvage_.footer()->metadata : Metadata();
  if (result_.lost.empty()) return facts;
  std::string missing = "lost events: " + to_text(result_.lost).substr(0, 1000);
  std::size_t octets = missing.size() + 16;
  for (const auto& [key, value] : facts) octets += key.size() + value.size();
  if (facts.size() < kMetadataEntriesMax && octets <= kMetadataBytesMax) facts["recovered"] = std::move(missing);
  return facts;
}

}  // namespace

// People count events from 1.
std::string to_text(const std::vector<EventRange>& lost) {
  std::string text;
  for (const EventRange& range : lost) {
    if (!text.empty()) text += ", ";
    if (!range.count.has_value()) {
      text += fmt::format("{} and what came after", range.first + 1);
    } else if (*range.count == 1) {
      text += fmt::format("{}", range.first + 1);
    } else {
      text += fmt::format("{} to {}", range.first + 1, range.first + *range.count);
    }
  }
  return text;
}

Recovery recover(ByteSource& broken, ByteSource* journal, ByteSink& out) {
  return Recoverer(broken, journal, out).run();
}

}  // namespace ringback::trace
