// Sound and base64 are kept smaller than any compressor makes them, and come back as they were.
#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "src/base/base64.h"
#include "src/trace/codec/base64_runs.h"
#include "src/trace/codec/dictionary.h"
#include "src/trace/codec/sound.h"
#include "src/trace/codec/transform_chooser.h"
#include "src/trace/reader.h"
#include "src/trace/verify.h"
#include "tests/trace/random_events.h"
#include "tests/trace/sample_traces.h"
#include "tests/trace/sound_traces.h"

namespace ringback::trace {
namespace {

const std::string kName = "sound";
const Place kPlace{.file = kName, .offset = 0};

Bytes there_and_back(Transform transform, const Bytes& octets) {
  Bytes ready;
  ringback::trace::transform(transform, octets, ready);
  BytesView rest = ready;
  Bytes back(octets.size(), '\0');
  transform_back(transform, rest, back.data(), back.size(), kPlace);
  REQUIRE(rest.empty());
  return back;
}

TEST_CASE("any octets come back from any transform") {
  const bool held = rc::check([] {
    const Bytes octets = *random_octets(1500);
    const auto transform = static_cast<Transform>(*rc::gen::inRange(0, 4));
    RC_ASSERT(there_and_back(transform, octets) == octets);
  });
  REQUIRE(held);
}

// Every width of a group and every order, at their edges.
TEST_CASE("samples of every size come back, however wild their steps") {
  for (int bits = 0; bits <= 16; ++bits) {
    Bytes octets;
    std::uint64_t noise = 7;
    for (int i = 0; i < 700; ++i) {
      noise = noise * 6364136223846793005u + 1442695040888963407u;
      const auto sample = static_cast<std::uint16_t>(bits == 0 ? 0 : noise >> (64 - bits));
      append_little_endian(sample, octets);
    }
    INFO(bits << " bits");
    CHECK(there_and_back(Transform::samples16, octets) == octets);
    CHECK(there_and_back(Transform::samples16, octets + "x") == octets + "x");
    CHECK(there_and_back(Transform::mulaw, octets) == octets);
    CHECK(there_and_back(Transform::alaw, octets) == octets);
  }
}

TEST_CASE("silence is next to nothing") {
  Bytes ready;
  transform(Transform::samples16, Bytes(512 * 100, '\0'), ready);
  CHECK(ready.size() == 900);
}

TEST_CASE("transformed octets that are cut off or changed are refused, or are other octets") {
  Voice voice;
  const Bytes octets = samples_of(voice, 1024);  // whole segments: what is behind the last sample does not count
  for (const Transform transform : {Transform::samples16, Transform::mulaw}) {
    Bytes ready;
    ringback::trace::transform(transform, octets, ready);
    Bytes back(octets.size(), '\0');
    for (std::size_t length = 0; length < ready.size(); length += 7) {
      BytesView rest = BytesView(ready).substr(0, length);
      CHECK_THROWS_AS(transform_back(transform, rest, back.data(), back.size(), kPlace), DamageError);
    }
    for (std::size_t at = 0; at < ready.size(); ++at) {
      Bytes broken = ready;
      broken[at] = static_cast<char>(broken[at] ^ 0xf4);
      BytesView rest = broken;
      try {
        transform_back(transform, rest, back.data(), back.size(), kPlace);
        CHECK((back != octets || !rest.empty()));
      } catch (const DamageError&) {
        continue;
      }
    }
  }
}

TEST_CASE("base64 is the same by wide vectors, without them and in the library") {
  const bool held = rc::check([] {
    const Bytes octets = *random_octets(400) + "x";
    const Bytes expected = base64_encode(octets);
    Bytes wide(expected.size(), '\0');
    Bytes plain(expected.size(), '\0');
    RC_ASSERT(encode_base64(octets.data(), octets.size(), wide.data()) == wide.data() + wide.size());
    RC_ASSERT(encode_base64_plainly(octets.data(), octets.size(), plain.data()) == plain.data() + plain.size());
    RC_ASSERT(wide == expected);
    RC_ASSERT(plain == expected);
    RC_ASSERT(base64_octets(expected) == octets.size());
    Bytes back(octets.size() + kDecodeSlack, '\0');
    decode_base64(expected, back.data());
    RC_ASSERT(back.substr(0, octets.size()) == octets);
    back.assign(back.size(), '\0');
    decode_base64_plainly(expected, back.data());
    RC_ASSERT(back.substr(0, octets.size()) == octets);
  });
  REQUIRE(held);
}

TEST_CASE("a run is whole groups, and padded only as an encoder pads") {
  const Bytes run(160, 'A');
  const auto found = [](const Bytes& text) {
    const Base64Run first = find_base64(text, 0);
    return std::pair(first.offset, first.length);
  };
  using Found = std::pair<std::size_t, std::size_t>;
  CHECK(found("\"" + run + "\"") == Found(1, 160));
  CHECK(found("\"" + run + "AAA=\"") == Found(1, 164));
  CHECK(found("\"" + run + "AA==\"") == Found(1, 164));
  // Unused bits that are not zero, padding that is missing or too much, and a group that is not whole stay in the text.
  CHECK(found("\"" + run + "AAB=\"") == Found(1, 160));
  CHECK(found("\"" + run + "AB==\"") == Found(1, 160));
  CHECK(found("\"" + run + "AA=\"") == Found(1, 160));
  CHECK(found("\"" + run + "A===\"") == Found(1, 160));
  CHECK(found("\"" + run + "AAA\"") == Found(1, 160));
  CHECK(found("\"" + run + "=\"") == Found(1, 160));
  CHECK(found(Bytes(127, 'A')) == Found(0, 0));
  CHECK(found("short " + Bytes(100, 'A') + " and " + run) == Found(111, 160));
}

TEST_CASE("text with any base64 in it is read as it was written") {
  const bool held = rc::check([] {
    Trace trace;
    const ChannelId model = trace.declare({.kind = ChannelKind::model, .name = "model"});
    const int events = *rc::gen::inRange(1, 12);
    for (int i = 0; i < events; ++i) {
      Bytes text;
      const int pieces = *rc::gen::inRange(0, 4);
      for (int piece = 0; piece < pieces; ++piece) {
        Voice voice;
        text += *random_octets(9);
        text += base64_encode(samples_of(voice, *rc::gen::inRange(0, 700)));
        if (*rc::gen::arbitrary<bool>()) text.resize(text.size() - std::min<std::size_t>(text.size(), 1));
      }
      trace.add(make_event({.channel = model}, Message{.text = text}));
    }
    RC_ASSERT(trace_of(file_of(trace.events.all())).events == trace.events);
  });
  REQUIRE(held);
}

std::uint64_t features_of(const Bytes& file) { return load_little_endian<std::uint64_t>(file.data() + 16); }

TEST_CASE("a call of sound takes far less with the transforms than without, and is the same trace") {
  const Trace call = sound_trace(150);
  const Bytes plain = file_of(call.events.all(), {}, {.features = 0});
  const Bytes small = file_of(call.events.all());
  CHECK(features_of(plain) == 0);
  CHECK(features_of(small) == kUsualFeatures);
  CHECK(small.size() * 100 < plain.size() * 75);
  CHECK(trace_of(plain).events == call.events);
  CHECK(trace_of(small).events == call.events);
  MemorySource plain_source("plain.rbt", plain);
  MemorySource small_source("small.rbt", small);
  CHECK(verify(plain_source).digest == verify(small_source).digest);
}

TEST_CASE("a file uses no feature that its header does not state") {
  const Trace call = sound_trace(60);
  for (std::uint64_t features = 0; features <= kKnownFeatures; ++features) {
    INFO("features " << features);
    const Bytes file = file_of(call.events.all(), {}, {.features = features});
    CHECK(features_of(file) == features);
    CHECK(trace_of(file).events == call.events);
  }
}

TEST_CASE("a trace that was begun without the transforms is continued without them") {
  const Trace call = sound_trace(60);
  const Bytes begun = file_of({call.events.begin(), call.events.begin() + 100}, {}, {.features = 0});
  const Bytes plain = file_of(call.events.all(), {}, {.features = 0});
  MemorySource finished("part.rbt", begun);
  MemorySink added;
  Writer writer(finished, added);
  while (writer.events() < call.events.size()) writer.append(call.events[writer.events()]);
  writer.finish({});
  const Bytes file = begun + added.data();
  CHECK(features_of(file) == 0);
  CHECK(file.size() > plain.size() - 1000);
  CHECK(trace_of(file).events == call.events);
}

TEST_CASE("the built-in dictionary is the one that files were made with") {
  CHECK(to_hex(sha256(dictionary())) == "d5cf85b234a5a13863ce2e8fe5214665d2cb31efe988c190c610da06bc04aa58");
}

TEST_CASE("a file with the dictionary is smaller, says so, and is the same trace") {
  Trace talk;
  const ChannelId model = talk.declare({.kind = ChannelKind::model, .name = "model", .encoding = "openai-realtime"});
  for (int i = 1; i <= 20; ++i) {
    const std::string text =
        fmt::format(R"({{"type":"response.output_audio_transcript.delta","event_id":"event_{:05}","response_id":)"
                    R"("resp_0001","item_id":"item_0001","output_index":0,"content_index":0,"delta":"word {}"}})",
                    i, i * i);
    talk.add(make_event({.at = VirtualTime() + milliseconds(20 * i), .channel = model}, Message{.text = text}));
  }
  const Bytes usual = file_of(talk.events.all());
  const Bytes small = file_of(talk.events.all(), {}, WriterOptions::smallest());
  INFO(usual.size() << " octets, small " << small.size());
  CHECK(small.size() * 100 < usual.size() * 80);
  CHECK((features_of(small) & kFeatureDictionary) != 0);
  CHECK(trace_of(small).events == talk.events);
  MemorySource source("small.rbt", small);
  CHECK(verify(source).sound());
}

TEST_CASE("a trace that was begun with the dictionary is continued with it") {
  const Trace call = sound_trace(20);
  const auto middle = call.events.begin() + static_cast<std::ptrdiff_t>(call.events.size() / 2);
  const Bytes begun = file_of({call.events.begin(), middle}, {}, WriterOptions::smallest());
  MemorySource finished("part.rbt", begun);
  MemorySink added;
  Writer writer(finished, added);
  while (writer.events() < call.events.size()) writer.append(call.events[writer.events()]);
  writer.finish({{"origin", "continued"}});
  CHECK(trace_of(begun + added.data()).events == call.events);
}

TEST_CASE("one channel of sound is read alone, whichever transforms its values have") {
  const Trace call = sound_trace(60);
  const Bytes file = file_of(call.events.all(), {}, {.chunk_bytes = 30'000});
  for (ChannelId channel = 0; channel <= 5; ++channel) {
    MemorySource source("call.rbt", file);
    Reader reader(source);
    for (const Event& expected : call.events) {
      if (expected.channel != channel) continue;
      Event event;
      REQUIRE(reader.next_on(channel, event));
      REQUIRE(event == expected);
    }
  }
}

TEST_CASE("sound is told from text by what makes it smaller") {
  TransformChooser chooser(kKnownFeatures);
  std::array<Bytes, kTransforms> ready;
  Bytes text;
  for (int i = 0; i < 300; ++i) text += "The appointment number " + std::to_string(i * 7919) + " is on Monday. ";
  CHECK(chooser.choose({.channel = 1}, text, ready) == Transform::none);
  CHECK(ready[0] == text);
  Voice voice;
  CHECK(chooser.choose({.channel = 3}, samples_of(voice, 4000), ready) == Transform::samples16);
  CHECK(chooser.choose({.channel = 4}, companded(voice, 4000, 0xff), ready) == Transform::mulaw);
  CHECK(chooser.choose({.channel = 5}, companded(voice, 4000, 0x55), ready) == Transform::alaw);
}

}  // namespace
}  // namespace ringback::trace
