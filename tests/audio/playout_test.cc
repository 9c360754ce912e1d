#include "src/audio/playout.h"

#include <catch2/catch.hpp>

#include "src/audio/tone.h"

namespace ringback::audio {

namespace {

const Format kTelephone{.encoding = Encoding::mulaw, .rate = 8000};

Bytes speech(std::int64_t ms) { return tone(milliseconds(ms), kTelephone); }
Bytes pause(std::int64_t ms) { return silence(bytes_for(milliseconds(ms), kTelephone), kTelephone); }
VirtualTime at_ms(std::int64_t ms) { return VirtualTime() + milliseconds(ms); }

using Spans = std::vector<Playout::Span>;

}  // namespace

TEST_CASE("sound is heard one start delay after it came") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(1000), speech(200));
  CHECK(playout.audible() == Spans{{at_ms(1040), at_ms(1240)}});
  CHECK(playout.playing_until() == at_ms(1240));
  CHECK(playout.is_playing(at_ms(1239)));
  CHECK_FALSE(playout.is_playing(at_ms(1240)));
}

TEST_CASE("chunks that come faster than they play follow without a seam") {
  Playout playout(kTelephone);
  for (int i = 0; i < 10; ++i) playout.enqueue(at_ms(10 * i), speech(100));
  CHECK(playout.audible() == Spans{{at_ms(40), at_ms(1040)}});
  CHECK(playout.underruns() == 0);
}

TEST_CASE("frames in real time never run dry") {
  Playout playout(kTelephone);
  for (int i = 0; i < 100; ++i) playout.enqueue(at_ms(20 * i), speech(20));
  CHECK(playout.audible() == Spans{{at_ms(40), at_ms(2040)}});
  CHECK(playout.underruns() == 0);
}

TEST_CASE("silence inside what is sent is not audible") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), pause(100) + speech(200) + pause(300) + speech(100) + pause(50));
  CHECK(playout.audible() == Spans{{at_ms(140), at_ms(340)}, {at_ms(640), at_ms(740)}});
  CHECK(playout.playing_until() == at_ms(790));
}

TEST_CASE("how the sound is cut into chunks does not matter while the queue holds something") {
  const Bytes track = pause(55) + speech(215) + pause(130) + speech(47);
  Playout whole(kTelephone);
  whole.enqueue(at_ms(0), track);
  for (const std::size_t chunk : {1, 3, 159, 160, 161, 1000}) {
    Playout pieces(kTelephone);
    for (BytesView rest = track; !rest.empty(); rest.remove_prefix(std::min(chunk, rest.size()))) {
      pieces.enqueue(at_ms(0), rest.substr(0, chunk));
    }
    CHECK(pieces.audible() == whole.audible());
    CHECK(pieces.playing_until() == whole.playing_until());
  }
}

TEST_CASE("a queue that runs dry for a moment is an underrun, a long pause is a new turn") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), speech(100));    // plays until 140
  playout.enqueue(at_ms(300), speech(100));  // plays 340 to 440
  CHECK(playout.underruns() == 1);
  playout.enqueue(at_ms(641), speech(100));
  CHECK(playout.underruns() == 1);
  CHECK(playout.audible() == Spans{{at_ms(40), at_ms(140)}, {at_ms(340), at_ms(440)}, {at_ms(681), at_ms(781)}});
}

TEST_CASE("clear cuts what was not played and says how much that was") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), speech(1000));
  CHECK(playout.clear(at_ms(340)) == milliseconds(700));
  CHECK(playout.audible() == Spans{{at_ms(40), at_ms(340)}});
  CHECK(playout.playing_until() == at_ms(340));
  CHECK(playout.played(at_ms(900)) == milliseconds(300));
  CHECK(playout.clear(at_ms(900)) == Duration());
}

TEST_CASE("clear before the start delay has passed cuts everything") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), speech(500));
  CHECK(playout.clear(at_ms(30)) == milliseconds(500));
  CHECK(playout.audible().empty());
  CHECK(playout.played(at_ms(1000)) == Duration());
}

TEST_CASE("after a clear the next chunk is a new turn, not an underrun") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), speech(1000));
  playout.clear(at_ms(340));
  playout.enqueue(at_ms(350), speech(100));
  CHECK(playout.underruns() == 0);
  CHECK(playout.audible() == Spans{{at_ms(40), at_ms(340)}, {at_ms(390), at_ms(490)}});
  CHECK(playout.played(at_ms(440)) == milliseconds(350));
}

TEST_CASE("marks are due when everything before them has been played") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), speech(100));
  playout.mark(at_ms(0), "first");
  playout.enqueue(at_ms(10), speech(100));
  playout.mark(at_ms(10), "second");
  CHECK(playout.next_mark_at() == at_ms(140));
  CHECK(playout.take_due_marks(at_ms(139)).empty());
  CHECK(playout.take_due_marks(at_ms(140)) == std::vector<Playout::DueMark>{{at_ms(140), "first"}});
  CHECK(playout.take_due_marks(at_ms(5000)) == std::vector<Playout::DueMark>{{at_ms(240), "second"}});
  CHECK_FALSE(playout.next_mark_at());
}

TEST_CASE("a mark with nothing before it is due at once, and a clear makes all marks due") {
  Playout playout(kTelephone);
  playout.mark(at_ms(5), "empty");
  CHECK(playout.take_due_marks(at_ms(5)).size() == 1);
  playout.enqueue(at_ms(10), speech(1000));
  playout.mark(at_ms(10), "a");
  playout.enqueue(at_ms(10), speech(1000));
  playout.mark(at_ms(10), "b");
  playout.clear(at_ms(100));
  CHECK(playout.take_due_marks(at_ms(100)) == std::vector<Playout::DueMark>{{at_ms(100), "a"}, {at_ms(100), "b"}});
}

TEST_CASE("what was played counts sound, not the time between") {
  Playout playout(kTelephone);
  playout.enqueue(at_ms(0), speech(100));
  playout.enqueue(at_ms(5000), speech(300));
  CHECK(playout.played(at_ms(5140)) == milliseconds(200));
  CHECK(playout.played(at_ms(9000)) == milliseconds(400));
  CHECK(playout.queued() == milliseconds(400));
}

}  // namespace ringback::audio
