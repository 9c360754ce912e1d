#include "desk.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace {

using ringback::Bytes;
using ringback::RealtimeFrame;
using ringback::RealtimeType;
using ringback::ToolReply;
namespace wire = ringback::wire;

constexpr ringback::Duration kAttemptMax = ringback::seconds(2);
constexpr std::string_view kApology = "I cannot see our parcels right now. Please call again in an hour.";

// One call.
class DeskCall {
 public:
  DeskCall(const DeskOptions& options, ringback::AgentWorld& world, std::unique_ptr<ringback::ModelConnection> model)
      : options_(options), world_(world), model_(std::move(model)), work_(world.kernel, world.lane) {}

  ringback::Task<void> run() {
    work_.spawn(follow_model());
    for (;;) {
      std::optional<ringback::CallerInput> input = co_await world_.caller.inbox().receive();
      if (!input.has_value() || std::holds_alternative<ringback::CallerHungUp>(*input)) break;
      const auto* sound = std::get_if<ringback::CallerAudio>(&*input);
      if (sound != nullptr && is_ready_) model_->send(wire::append_audio(sound->samples));
    }
  }

 private:
  ringback::Task<void> follow_model() {
    for (;;) {
      std::optional<RealtimeFrame> frame = co_await model_->inbox().receive();
      if (!frame.has_value()) break;
      handle(*frame);
    }
  }

  void handle(const RealtimeFrame& frame) {
    switch (frame.type) {
      case RealtimeType::session_created:
        model_->send(wire::session_update(world_.setup.session));
        break;
      case RealtimeType::session_updated:
        is_ready_ = true;
        if (world_.setup.speaks_first) ask();
        break;
      case RealtimeType::speech_started:
        world_.caller.clear();
        break;
      case RealtimeType::response_created:
        is_answering_ = true;
        break;
      case RealtimeType::output_audio_delta:
        world_.caller.send_audio(frame.audio);
        break;
      case RealtimeType::arguments_done:
        work_.spawn(look_up(frame.call_id, frame.name, frame.arguments));
        break;
      case RealtimeType::response_done:
        is_answering_ = false;
        if (std::exchange(wants_answer_, false)) ask();
        break;
      default:
        break;
    }
  }

  // One response at a time: while the model still speaks, the next is asked for when it is done.
  void ask() {
    wants_answer_ = is_answering_;
    if (!is_answering_) model_->send(wire::response_create());
  }

  ringback::Task<void> look_up(std::string call_id, std::string function, Bytes arguments) {
    ringback::Task<std::optional<ToolReply>> asked =
        ask_service(world_.kernel, world_.lane, world_.tools, options_.retries, function, arguments);
    const std::optional<ToolReply> good = co_await std::move(asked);
    if (good.has_value()) {
      model_->send(wire::create_function_output(call_id, good->body));
      ask();
    } else if (options_.apologises) {
      apologise(call_id);
    }
    // The flaw: otherwise nobody is told.
  }

  void apologise(const std::string& call_id) {
    model_->send(wire::create_function_output(call_id, R"({"error":"unreachable, and the caller was told"})"));
    world_.caller.send_transcript(std::string(kApology));
    world_.caller.send_audio(ringback::audio::tone_speech(kApology, *world_.caller.format()));
  }

  const DeskOptions& options_;
  ringback::AgentWorld& world_;
  std::unique_ptr<ringback::ModelConnection> model_;
  bool is_ready_ = false;
  bool is_answering_ = false;
  bool wants_answer_ = false;
  ringback::Scope work_;  // last: its tasks use all of the above
};

}  // namespace

ringback::Task<std::optional<ToolReply>> ask_service(ringback::Kernel& kernel, ringback::Lane& lane,
                                                     ringback::ToolPort& tools, std::uint32_t retries,
                                                     std::string function, Bytes arguments) {
  for (std::uint32_t attempt = 0; attempt <= retries; ++attempt) {
    // A task is awaited as a whole right-hand side: that is what g++ 12 compiles correctly.
    ringback::Task<ToolReply> asked = tools.call(function, arguments);
    std::optional<ToolReply> reply = co_await ringback::with_timeout(kernel, lane, kAttemptMax, std::move(asked));
    if (reply.has_value() && reply->answered && reply->status == 200 && !wire::is_broken_answer(reply->body)) {
      co_return reply;
    }
  }
  co_return std::nullopt;
}

ringback::Task<void> Desk::run(ringback::AgentWorld& world) {
  std::unique_ptr<ringback::ModelConnection> model = co_await world.models.connect();
  if (model == nullptr) co_return;
  DeskCall call(options_, world, std::move(model));
  co_await call.run();
}

std::unique_ptr<ringback::Agent> make_desk(const ringback::AgentSpec& spec) {
  const DeskOptions defaults;
  ringback::AgentOptions given(spec);
  const DeskOptions options{.retries = given.count("retries", {.otherwise = defaults.retries, .max = 20}),
                            .apologises = given.word("fallback", {"none", "spoken"}) == "spoken"};
  given.finish();
  return std::make_unique<Desk>(options);
}

std::vector<ringback::AgentKind> own_agents() {
  return {
      {.name = "desk", .summary = "the parcel desk: retries=N (4), fallback=none|spoken (none)", .make = make_desk}};
}
