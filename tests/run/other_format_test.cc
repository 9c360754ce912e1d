// An agent whose session has another sound format than the recording's: PCM at 24 kHz where that was mu-law at 8 kHz.
#include <algorithm>

#include <catch2/catch.hpp>

#include "sim/agents/port.h"
#include "sim/run/run.h"
#include "src/audio/rate.h"
#include "src/host/file.h"
#include "tests/support/run_twice.h"

namespace ringback::sim {
namespace {

using wire::RealtimeFrame;
using wire::RealtimeType;

constexpr audio::Format kTelephone{.encoding = audio::Encoding::mulaw, .rate = 8'000};
constexpr audio::Format kStudio{.encoding = audio::Encoding::pcm16le, .rate = 24'000};

// Names no format in its session, as an agent does that takes the provider's default, and sends its sound `late` behind
// the caller's: what a resampler keeps back.
class StudioAgent final : public Agent {
 public:
  explicit StudioAgent(Duration late) : late_(audio::silence(audio::bytes_for(late, kStudio), kStudio)) {}

  Task<void> run(AgentWorld& world) override {
    received.clear();
    is_ready_ = false;
    std::unique_ptr<ModelConnection> model = co_await world.models.connect();
    Scope work(world.kernel, world.lane);
    work.spawn(listen(world, *model, work));
    Bytes held = late_;
    for (;;) {
      std::optional<CallerInput> input = co_await world.caller.inbox().receive();
      if (!input.has_value()) break;
      const CallerAudio* const sound = std::get_if<CallerAudio>(&*input);
      if (sound == nullptr || !is_ready_) continue;
      held += audio::converted(sound->samples, kTelephone, kStudio);
      model->send(wire::append_audio(BytesView(held).substr(0, audio::frame_bytes(kStudio))));
      held.erase(0, audio::frame_bytes(kStudio));
    }
  }

  std::vector<RealtimeFrame> received;

 private:
  Task<void> listen(AgentWorld& world, ModelConnection& model, Scope& work) {
    for (;;) {
      std::optional<RealtimeFrame> frame = co_await model.inbox().receive();
      if (!frame.has_value()) break;
      received.push_back(*frame);
      if (frame->type == RealtimeType::session_created) model.send(wire::session_update(R"({"type":"realtime"})"));
      if (frame->type == RealtimeType::session_updated) {
        is_ready_ = true;
        model.send(wire::response_create());
      }
      if (frame->type == RealtimeType::speech_started) world.caller.clear();
      if (frame->type == RealtimeType::output_audio_delta)
        world.caller.send_audio(audio::converted(frame->audio, kStudio, kTelephone));
      if (frame->type == RealtimeType::arguments_done) work.spawn(look_up(world, model, *frame));
    }
  }

  // Its JSON library writes a blank after each colon.
  static Task<void> look_up(AgentWorld& world, ModelConnection& model, RealtimeFrame call) {
    const ToolReply reply = co_await world.tools.call(call.name, call.arguments);
    Bytes spaced = reply.body;
    for (std::size_t at = 0; (at = spaced.find("\":", at)) != Bytes::npos; at += 2) spaced.insert(at + 2, " ");
    model.send(wire::create_function_output(call.call_id, spaced));
    model.send(wire::response_create());
  }

  Bytes late_;
  bool is_ready_ = false;
};

trace::Trace clinic() {
  const auto source = host::open_source("traces/clinic-lookup.rbt");
  return trace::read_trace(*source);
}

}  // namespace

TEST_CASE("an agent that speaks another sound format is answered as the recorded one was, in its own", "[run]") {
  const trace::Trace recording = clinic();
  for (const Duration late : {Duration(), milliseconds(7), milliseconds(10), milliseconds(33)}) {
    CAPTURE(late.ms());
    StudioAgent agent(late);
    RunResult result;
    const Schedule schedule;
    const auto difference = testing::run_twice([&] {
      result = run_scenario({.recording = recording, .schedule = schedule}, agent);
      return result;
    });
    REQUIRE_FALSE(difference.has_value());
    INFO((result.divergence ? result.divergence->expected + " / " + result.divergence->actual : ""));
    CHECK_FALSE(result.divergence.has_value());
    CHECK(result.origins.size() == 1);
    CHECK(result.ended_by == "caller");

    const auto updated = std::find_if(agent.received.begin(), agent.received.end(), [](const RealtimeFrame& frame) {
      return frame.type == RealtimeType::session_updated;
    });
    REQUIRE(updated != agent.received.end());
    CHECK(updated->text.find(R"("format":{"type":"audio/pcm","rate":24000})") != Bytes::npos);
  }
}

}  // namespace ringback::sim
