// Mutations of answers that were under way at once, of streams, and of encodings: each acts, and on nothing else.
#include <algorithm>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "sim/explore/generate.h"
#include "sim/explore/json_change.h"
#include "sim/explore/mutation.h"
#include "src/audio/tone.h"
#include "src/wire/realtime.h"
#include "tests/support/chat_call.h"
#include "tests/support/typed_call.h"

namespace ringback::sim {
namespace {

trace::Trace with(const trace::Trace& recording, const Mutation& mutation) {
  return mutated(recording, std::vector<Mutation>{mutation});
}

// "tool:add 5 at 1.300 s"
std::vector<std::string> answers_of(const trace::Trace& recording) {
  std::vector<std::string> found;
  for (const trace::Event& event : recording.events) {
    const trace::Channel* channel = recording.channels.find(event.channel);
    if (event.kind != trace::EventKind::response || channel->kind != trace::ChannelKind::tool) continue;
    found.push_back(channel->name + " " + trace::body_of<trace::Response>(event).body);
  }
  return found;
}

// The typed call with its responses numbered.
trace::Trace numbered_call() {
  trace::Trace numbered;
  for (trace::Event event : testing::make_typed_call().events) {
    if (event.kind == trace::EventKind::message) event.exchange = 1;
    numbered.add(event);
  }
  return numbered;
}

std::vector<std::string> tokens_of(const trace::Trace& recording) {
  std::vector<std::string> all;
  for (const trace::Event& event : recording.events) {
    if (event.kind != trace::EventKind::message || event.direction != trace::Direction::to_agent) continue;
    const wire::RealtimeFrame frame = wire::parse_realtime(trace::body_of<trace::Message>(event).text);
    if (wire::is_token(frame)) all.push_back(frame.delta);
  }
  return all;
}

std::string joined(const std::vector<std::string>& pieces) {
  std::string whole;
  for (const std::string& piece : pieces) whole += piece;
  return whole;
}

Bytes parts_of(const trace::Trace& recording, std::uint32_t exchange, std::size_t* count = nullptr) {
  Bytes whole;
  for (const trace::Event& event : recording.events) {
    if (event.kind != trace::EventKind::response_part || event.exchange != exchange) continue;
    whole += trace::body_of<trace::ResponsePart>(event).body;
    if (count != nullptr) ++*count;
  }
  return whole;
}

trace::Trace chat() { return testing::make_chat_call(wire::CompletionProtocol::openai_chat); }

}  // namespace

TEST_CASE("answers of two tools that were under way at once change places, or their order", "[mutation]") {
  const trace::Trace call = chat();
  REQUIRE(answers_of(call) == std::vector<std::string>{"tool:add 5", "tool:multiply 6"});
  const Mutation results{
      .name = MutationName::swap_results, .channel = "tool:add", .at = 1, .count = 1, .value = "tool:multiply"};
  CHECK(answers_of(with(call, results)) == std::vector<std::string>{"tool:add 6", "tool:multiply 5"});
  Mutation order = results;
  order.name = MutationName::swap_order;
  const trace::Trace turned = with(call, order);
  CHECK(answers_of(turned) == std::vector<std::string>{"tool:multiply 6", "tool:add 5"});
  CHECK(std::is_sorted(turned.events.begin(), turned.events.end(),
                       [](const trace::Event& a, const trace::Event& b) { return a.at < b.at; }));
  order.value = "tool:nobody";
  CHECK(with(call, order).events == call.events);
}

TEST_CASE("what comes in deltas comes in pieces of other lengths, and says the same", "[mutation]") {
  const trace::Trace call = numbered_call();
  const std::vector<std::string> before = tokens_of(call);
  for (const std::uint64_t characters : {1, 3, 100}) {
    const trace::Trace changed =
        with(call, {.name = MutationName::rechunk, .channel = "model", .at = 1, .count = characters});
    const std::vector<std::string> after = tokens_of(changed);
    INFO(characters << " characters: " << after.size() << " pieces");
    CHECK(joined(after) == joined(before));
    CHECK(
        std::all_of(after.begin(), after.end(), [&](const std::string& piece) { return piece.size() <= characters; }));
    CHECK((characters == 1 ? after.size() == joined(before).size() : after.size() != before.size()));
  }
  CHECK(with(call, {.name = MutationName::rechunk, .channel = "model", .at = 9, .count = 1}).events == call.events);
}

TEST_CASE("a part of a completion is cut within a character, and the octets are the same", "[mutation]") {
  trace::Trace call = chat();
  const Bytes before = parts_of(call, 2);
  REQUIRE(before.size() > 4);
  std::size_t parts = 0;
  parts_of(call, 2, &parts);
  const auto part = std::find_if(call.events.begin(), call.events.end(), [](const trace::Event& event) {
    return event.kind == trace::EventKind::response_part && event.exchange == 2;
  });
  trace::Event cut = *part;
  cut.body = trace::encode_body(trace::ResponsePart{.body = "data: {\"a\":\"\xC3\xA9\"}\n\n"});
  call.events.replace(part.index(), cut);
  const trace::Trace changed =
      with(call, {.name = MutationName::split_octets, .channel = "model", .at = 2, .count = 1});
  std::size_t more = 0;
  CHECK(parts_of(changed, 2, &more) == parts_of(call, 2));
  CHECK(more == parts + 1);
  bool was_cut = false;
  for (const trace::Event& event : changed.events) {
    was_cut = was_cut || (event.kind == trace::EventKind::response_part &&
                          trace::body_of<trace::ResponsePart>(event).body.starts_with("\xA9"));
  }
  CHECK(was_cut);
}

TEST_CASE("a model's response takes longer from its first event on", "[mutation]") {
  const trace::Trace call = chat();
  const trace::Trace slow = with(call, {.name = MutationName::latency, .channel = "model", .at = 1, .count = 10});
  const auto span = [](const trace::Trace& recording) {
    std::optional<VirtualTime> first;
    VirtualTime last;
    for (const trace::Event& event : recording.events) {
      const bool is_answer =
          event.kind == trace::EventKind::response_part || (event.kind == trace::EventKind::response);
      if (!is_answer || event.exchange != 1 || recording.channels.find(event.channel)->name != "model") continue;
      if (!first) first = event.at;
      last = event.at;
    }
    return last - *first;
  };
  REQUIRE(span(call) > Duration());
  CHECK(span(slow).ns() == 10 * span(call).ns());
}

TEST_CASE("numbers, depths and encodings that readers stumble over", "[mutation]") {
  const Bytes text = R"({"id":"x","n":1})";
  CHECK(changed_json(text, "big", "/n") == R"({"id":"x","n":9007199254740993})");
  CHECK(changed_json(text, "surrogate", "/id") == R"({"id":"x\ud83d","n":1})");
  CHECK(changed_json(text, "surrogate", "/n") == text);
  CHECK(changed_json(text, "bom", "/n") == "\xEF\xBB\xBF" + text);
  const Bytes deep = changed_json(text, "deep", "/n");
  CHECK(std::count(deep.begin(), deep.end(), '[') == static_cast<std::ptrdiff_t>(kDeepLevels));
  CHECK(std::count(deep.begin(), deep.end(), ']') == static_cast<std::ptrdiff_t>(kDeepLevels));
  CHECK(deep.starts_with(R"({"id":"x","n":[)"));
}

TEST_CASE("units of speech are words where they have times, and what stands between two breaths", "[mutation]") {
  constexpr audio::Format kTelephone{.encoding = audio::Encoding::mulaw, .rate = 8000};
  const Bytes tone = audio::tone_speech("aaaaaaaa", kTelephone).substr(0, 160);
  trace::Trace call;
  const auto caller = call.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
  const auto track =
      call.declare({.kind = trace::ChannelKind::audio, .name = "caller.audio", .encoding = "mulaw", .rate = 8000});
  for (std::int64_t frame = 0; frame < 60; ++frame) {
    const VirtualTime at = VirtualTime() + milliseconds(20 * frame);
    // Words begin at frames 10 and 18 of one breath; nothing is said of the second breath.
    if (frame == 10 || frame == 18) {
      call.add(trace::make_event({.at = at, .channel = caller, .direction = trace::Direction::to_agent},
                                 trace::Text{.text = "word"}));
    }
    const bool speaks = (frame >= 10 && frame < 25) || (frame >= 30 && frame < 40 && frame != 35);
    call.add(trace::make_event({.at = at, .channel = track, .direction = trace::Direction::to_agent},
                               trace::Audio{.samples = speaks ? tone : audio::silence(160, kTelephone)}));
  }
  CHECK(speech_units(call) == std::vector<SpeechUnit>{{10, 8}, {18, 7}, {30, 10}});
  CHECK(speech_units(chat()).empty());
}

TEST_CASE("what can be mutated in a chat is drawn, with places that are there", "[explore]") {
  const trace::Trace call = chat();
  const Generator generator(call, find_sites(call), {.only = {"mutation"}});
  std::map<MutationName, int> changed;
  for (Seed seed = 0; seed < 400; ++seed) {
    for (const Mutation& mutation : generator.draw(seed).mutations) {
      changed[mutation.name] += with(call, mutation).events == call.events ? 0 : 1;
    }
  }
  for (const MutationName name : {MutationName::swap_results, MutationName::swap_order, MutationName::split_octets,
                                  MutationName::latency, MutationName::result}) {
    INFO(name_of(name));
    CHECK(changed[name] > 10);
  }
}

}  // namespace ringback::sim
