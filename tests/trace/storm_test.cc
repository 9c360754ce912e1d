// A storm of seeded damages: whatever happens to a file, nothing crashes, and nothing is read that was not recorded.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <fstream>

#include <catch2/catch.hpp>

#include "src/base/hash.h"
#include "src/trace/little_endian.h"
#include "src/trace/reader.h"
#include "src/trace/recover.h"
#include "src/trace/verify.h"
#include "tests/trace/sample_traces.h"
#include "tests/trace/sound_traces.h"

namespace ringback::trace {
namespace {

// Numbers from a seed, the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t limit) {
    char octets[8];
    store_little_endian(++count_, octets);
    return hash64({octets, 8}, state_) % limit;
  }

 private:
  std::uint64_t state_;
  std::uint64_t count_ = 0;
};

// Some hundred events of several kinds, in chunks of 16.
struct Subject {
  std::vector<Event> events;
  Bytes file;
  std::vector<ChunkEntry> chunks;
  std::uint64_t footer = 0;
  Digest digest;

  Subject() {
    Trace trace = small_call();
    Dice dice(1);
    Voice voice;
    for (int i = 0; i < 240; ++i) {
      Bytes text(dice.below(120), 'a');
      for (char& letter : text) letter = static_cast<char>('a' + dice.below(26));
      // Enough of it in a chunk to be cut out and packed.
      if (i % 5 == 0) text += base64_encode(samples_of(voice, 400));
      trace.add(make_event({.at = VirtualTime{} + milliseconds(100 + 7 * i),
                            .channel = static_cast<ChannelId>(1 + dice.below(3)),
                            .direction = Direction::to_agent},
                           Message{.text = text}));
    }
    events = trace.events.all();
    file = file_of(events, trace.metadata, {.chunk_events = 16});
    MemorySource source("subject.rbt", file);
    const Reader reader(source);
    chunks = reader.chunks();
    digest = reader.digest();
    footer = load_little_endian<std::uint64_t>(file.data() + file.size() - 96 + 8);
  }
  std::uint64_t end_of(std::size_t chunk) const {
    return chunk + 1 < chunks.size() ? chunks[chunk + 1].offset : footer;
  }
  Bytes octets_of(std::size_t chunk) const {
    return file.substr(chunks[chunk].offset, end_of(chunk) - chunks[chunk].offset);
  }
};

struct Damaged {
  std::string how;
  Bytes file;
};

Damaged flip(const Subject& subject, Dice& dice) {
  Damaged damaged{"flips", subject.file};
  for (std::uint64_t n = 1 + dice.below(4); n > 0; --n) {
    char& octet = damaged.file[dice.below(damaged.file.size())];
    octet = static_cast<char>(static_cast<unsigned char>(octet) ^ 1u << dice.below(8));
  }
  return damaged;
}

Damaged cut(const Subject& subject, Dice& dice) {
  return {"cut tail", subject.file.substr(0, dice.below(subject.file.size()))};
}

Damaged cut_out(const Subject& subject, Dice& dice) {
  Damaged damaged{"cut out", subject.file};
  const std::uint64_t from = dice.below(subject.file.size());
  damaged.file.erase(from, 1 + dice.below(3000));
  return damaged;
}

Damaged overwrite(const Subject& subject, Dice& dice) {
  Damaged damaged{"overwritten", subject.file};
  const std::uint64_t from = dice.below(subject.file.size());
  const std::uint64_t to = std::min<std::uint64_t>(subject.file.size(), from + 1 + dice.below(2000));
  for (std::uint64_t at = from; at < to; ++at) damaged.file[at] = static_cast<char>(dice.below(256));
  return damaged;
}

Damaged splice(const Subject& subject, Dice& dice) {
  Damaged damaged{"spliced", subject.file};
  const std::uint64_t from = dice.below(subject.file.size());
  damaged.file.insert(dice.below(subject.file.size()), subject.file.substr(from, 1 + dice.below(3000)));
  return damaged;
}

// Whole chunks in any order, some several times, some not at all.
Damaged shuffle(const Subject& subject, Dice& dice) {
  Damaged damaged{"chunks shuffled", subject.file.substr(0, subject.chunks[0].offset)};
  for (std::size_t n = 0; n < subject.chunks.size(); ++n) {
    const bool in_place = dice.below(3) != 0;
    damaged.file += subject.octets_of(in_place ? n : dice.below(subject.chunks.size()));
    if (dice.below(4) == 0) damaged.file += subject.octets_of(dice.below(subject.chunks.size()));
  }
  damaged.file += subject.file.substr(subject.footer);
  return damaged;
}

// Where the octets of a chunk stand whole in the damaged file, its events must be recovered.
std::vector<bool> whole_chunks(const Subject& subject, const Bytes& file) {
  std::vector<bool> whole;
  for (std::size_t n = 0; n < subject.chunks.size(); ++n) {
    whole.push_back(file.find(subject.octets_of(n)) != Bytes::npos);
  }
  return whole;
}

// Reading ends in all the events, or in an Error after some that were recorded.
void check_reading(const Subject& subject, const Bytes& file) {
  MemorySource source("storm.rbt", file);
  std::size_t number = 0;
  try {
    Reader reader(source);
    Event event;
    while (reader.next(event)) {
      if (number >= subject.events.size() || event != subject.events[number]) FAIL("event " << number << " is another");
      ++number;
    }
    if (number != subject.events.size()) FAIL("it ends after " << number << " events without an error");
  } catch (const Error&) {
    if (verify(source).sound()) FAIL("verify finds sound what reading refuses");
  }
}

void check_recovery(const Subject& subject, const Bytes& file) {
  const std::vector<bool> whole = whole_chunks(subject, file);
  MemorySource source("storm.rbt", file);
  MemorySink sink;
  Recovery recovery;
  try {
    recovery = recover(source, nullptr, sink);
  } catch (const Error&) {
    // Nothing tells what the hashes are seeded with: header, trailer and first chunk are all gone.
    const bool has_end =
        file.size() >= 96 && file.substr(file.size() - 96) == subject.file.substr(subject.file.size() - 96);
    const bool has_header =
        file.substr(0, subject.chunks[0].offset) == subject.file.substr(0, subject.chunks[0].offset);
    if (has_end || has_header || whole[0]) FAIL("not recognised as a trace");
    return;
  }
  const Trace trace = trace_of(sink.data());
  if (recovery.is_whole() && recovery.digest != subject.digest) FAIL("said to be whole, and has another digest");
  std::vector<bool> found(subject.events.size());
  std::size_t next = 0;
  for (const Event& event : trace.events) {
    if (event.kind == EventKind::gap || event.kind == EventKind::channel_declared) continue;
    while (next < subject.events.size() && subject.events[next] != event) ++next;
    if (next == subject.events.size()) FAIL("an event that was never recorded, or out of order");
    found[next++] = true;
  }
  for (std::size_t n = 0; n < whole.size(); ++n) {
    if (!whole[n]) continue;
    for (std::uint64_t i = subject.chunks[n].first_event; i < subject.chunks[n].first_event + 16; ++i) {
      if (i >= subject.events.size() || subject.events[i].kind == EventKind::channel_declared) continue;
      if (!found[i]) FAIL("event " << i << " of whole chunk " << n << " is missing");
    }
  }
}

// As long as it lives, no more than `octets` can be had beyond what the process has: memory that is taken for what a
// damaged file says ends in std::bad_alloc, which fails the test. Sanitizers need their own; there it does nothing.
class MemoryCeiling {
 public:
  explicit MemoryCeiling(std::uint64_t octets) {
#if !defined(__SANITIZE_ADDRESS__)
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    REQUIRE(pages > 0);
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = std::min<rlim_t>(pages * 4096 + octets, before_.rlim_max);
    REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
#else
    ::getrlimit(RLIMIT_AS, &before_);
    static_cast<void>(octets);
#endif
  }
  ~MemoryCeiling() { ::setrlimit(RLIMIT_AS, &before_); }
  MemoryCeiling(const MemoryCeiling&) = delete;
  MemoryCeiling& operator=(const MemoryCeiling&) = delete;

 private:
  rlimit before_{};
};

constexpr std::uint64_t kMemoryMax = 256u << 20;

void storm(std::uint64_t damages) {
  const MemoryCeiling ceiling(kMemoryMax);
  using Damage = Damaged (*)(const Subject&, Dice&);
  constexpr std::array<Damage, 6> kDamages = {flip, cut, cut_out, overwrite, splice, shuffle};
  const Subject subject;
  for (std::uint64_t seed = 0; seed < damages; ++seed) {
    Dice dice(seed);
    Damaged damaged = kDamages[seed % kDamages.size()](subject, dice);
    // Some are hit twice.
    if (dice.below(4) == 0) {
      Subject twice = subject;
      twice.file = damaged.file;
      if (!twice.file.empty()) damaged.file = flip(twice, dice).file;
    }
    INFO("seed " << seed << ": " << damaged.how);
    check_reading(subject, damaged.file);
    check_recovery(subject, damaged.file);
  }
  SUCCEED();
}

TEST_CASE("1,500 damages: no crash, nothing wrong, every whole chunk recovered, in 256 MiB") { storm(1'500); }
TEST_CASE("100,000 damages", "[.full]") { storm(100'000); }

}  // namespace
}  // namespace ringback::trace
