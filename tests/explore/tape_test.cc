// What is read of a recording once, for many runs, against reading it for each.
#include <catch2/catch.hpp>

#include "sim/explore/generate.h"
#include "src/host/file.h"
#include "src/trace/trace.h"
#include "tests/explore/voice_subject.h"

namespace ringback::sim {
namespace {

const Tape& clinic() {
  static const Tape tape(trace::read_trace(*host::open_source("traces/clinic-lookup.rbt")));
  return tape;
}

}  // namespace

TEST_CASE("a mutated run is the same whether its recording is read whole or only where it changed", "[tape]") {
  const Subject subject = voice_subject();
  const Generator generator(*clinic(), find_sites(subject.replay(clinic(), {}).run), {});
  int compared = 0;
  for (Seed seed = 0; seed < 120 && compared < 16; ++seed) {
    Case one = generator.draw(seed);
    if (one.mutations.empty()) continue;
    const Outcome in_part = subject.run(clinic(), one, RunDigest::left_out);
    const Tape changed(mutated(*clinic(), one.mutations));
    one.mutations.clear();
    CHECK((subject.run(changed, one, RunDigest::left_out).chain == in_part.chain));
    ++compared;
  }
  CHECK(compared == 16);
}

TEST_CASE("a tape gives every run the same, and its number stands for what it holds", "[tape]") {
  const Subject subject = voice_subject();
  const Outcome first = subject.run(clinic(), {});
  CHECK((subject.run(clinic(), {}).digest == first.digest));
  CHECK((subject.run(*clinic(), {}).digest == first.digest));
  CHECK(Tape(*clinic()).number() == clinic().number());
  trace::Trace shorter = *clinic();
  shorter.events.pop_back();
  CHECK(Tape(shorter).number() != clinic().number());
}

TEST_CASE("a run whose digest is left out has the same chain and no digest", "[tape]") {
  const Subject subject = voice_subject();
  const Outcome whole = subject.run(clinic(), {});
  const Outcome quick = subject.run(clinic(), {}, RunDigest::left_out);
  CHECK((quick.chain == whole.chain));
  CHECK((quick.digest == Digest()));
  CHECK((whole.digest != Digest()));
}

}  // namespace ringback::sim
