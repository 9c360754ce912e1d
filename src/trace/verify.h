// Checks a whole trace file: every hash, every count, the digest.
//
//   Verification verification = verify(source);
//   if (!verification.sound()) fmt::print("{}\n", verification.damage->found);
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/hash.h"
#include "src/base/io.h"

namespace ringback::trace {

// The first damage in the order of the file.
struct Damage {
  // "file header", "chunk", "footer", "trailer".
  std::string record;
  // Where that record starts in the file, and where in it something else was found than expected.
  std::uint64_t record_offset = 0;
  std::uint64_t offset = 0;
  std::string expected;
  std::string found;
  // The events concerned: from this one on (from 0), and how many where that is known.
  std::uint64_t first_event = 0;
  std::optional<std::uint64_t> events;
};

struct Verification {
  // Undamaged ones, from the start of the file.
  std::uint64_t chunks = 0;
  std::uint64_t events = 0;
  // The content root; only of a sound trace.
  Digest digest;
  std::optional<Damage> damage;

  bool sound() const { return !damage.has_value(); }
};

// Damage is a result and not an exception. Throws Error only where the source cannot be read, or where an intact header
// asks for a version or feature that this reader does not know.
Verification verify(ByteSource& source);

}  // namespace ringback::trace
