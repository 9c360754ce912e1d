// Plays a script through step by step: each step's times follow from the ones before, so events are collected with
// their times and put in order at the end.
#include "src/formats/scenario_requests.h"

#include <algorithm>
#include <map>

#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"
#include "src/base/error.h"
#include "src/formats/scenario_speech.h"
#include "src/wire/completion.h"
#include "src/wire/json_text.h"
#include "src/wire/sentences.h"
#include "src/wire/speech.h"

namespace ringback::formats {

namespace {

using trace::Direction;
using wire::ChatItem;
using wire::SpeechFrame;
using wire::SpeechType;
using Kind = ScenarioStep::Kind;
using Role = ChatItem::Role;

// How the pretended services behave. docs/scenario.md states these.
constexpr Duration kReadyLatency = milliseconds(100);         // speech socket opened -> ready
constexpr Duration kVoiceActivityLatency = milliseconds(60);  // deciding frame -> speech_started, partial
constexpr Duration kFinalLatency = milliseconds(250);         // end of the turn decided -> final transcript
constexpr Duration kFirstCall = milliseconds(300);            // asked -> head of an answer without text
constexpr Duration kTokenInterval = milliseconds(20);
constexpr Duration kFirstSound = milliseconds(200);  // speak -> first sound
constexpr Duration kSoundPerFrame = milliseconds(200);
constexpr Duration kSoundInterval = milliseconds(40);
constexpr Duration kDoneLatency = milliseconds(20);  // last sound -> done

class RequestCall {
 public:
  RequestCall(std::string_view name, const Scenario& scenario, const SpeechSynthesizer& synthesizer)
      : name_(name),
        scenario_(scenario),
        synthesizer_(synthesizer),
        protocol_(wire::completion_protocol_named(scenario.protocol).value()),
        has_sound_(scenario.kind == ScenarioKind::cascade),
        detector_(kScenarioFormat),
        playout_(kScenarioFormat) {}

  trace::Trace play() {
    declare();
    emit({}, caller_, Direction::to_agent, trace::CallStarted{});
    if (has_sound_) open_speech();
    std::size_t step = 0;
    while (step < scenario_.steps.size()) {
      const ScenarioStep& current = scenario_.steps[step];
      if (current.kind == Kind::hang_up) {
        hang_up(current);
        break;
      }
      if (current.kind == Kind::caller) {
        has_sound_ ? speak(current) : type(current);
        if (++step < scenario_.steps.size() && scenario_.steps[step].kind == Kind::hang_up)
          fail("{}: line {}: the model answers what the caller said: expected an agent's line or a tool", name_,
               scenario_.steps[step].line);
      }
      step = answer(step);
    }
    return finish();
  }

 private:
  struct Made {
    trace::Event event;
    std::size_t order = 0;
  };
  // An event of the synthesizer or of the agent's track that an interruption may still take back.
  struct Planned {
    trace::Event event;
    Bytes sound;  // where it queues sound
  };

  // --- recording ---

  void declare() {
    trace_.metadata["origin"] =
        scenario_.title.empty() ? "scenario script" : fmt::format("scenario script: {}", scenario_.title);
    caller_ = trace_.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
    if (has_sound_) {
      const std::string encoding(audio::name_of(kScenarioFormat.encoding));
      const auto track = [&](const char* name) {
        return trace_.declare(
            {.kind = trace::ChannelKind::audio, .name = name, .encoding = encoding, .rate = kScenarioFormat.rate});
      };
      caller_audio_ = track("caller.audio");
      agent_audio_ = track("agent.audio");
      transcriber_ = trace_.declare({.kind = trace::ChannelKind::transcriber,
                                     .name = "transcriber",
                                     .encoding = "speech-json",
                                     .url = "wss://speech.example/listen"});
      synthesizer_channel_ = trace_.declare({.kind = trace::ChannelKind::synthesizer,
                                             .name = "synthesizer",
                                             .encoding = "speech-json",
                                             .url = "wss://speech.example/speak"});
    }
    model_ = trace_.declare({.kind = trace::ChannelKind::model,
                             .name = "model",
                             .encoding = scenario_.protocol,
                             .url = fmt::format("https://model.example{}", wire::completion_path(protocol_))});
    for (const ScenarioTool& tool : scenario_.tools) {
      tools_[tool.name] = trace_.declare(
          {.kind = trace::ChannelKind::tool, .name = fmt::format("tool:{}", tool.name), .url = tool.url});
    }
    trace_.add(trace::make_event({}, trace::RecordingFacts{.source = "scenario", .audio = has_sound_ ? "" : "none"}));
    settings_ = settings();
    if (!scenario_.instructions.empty())
      conversation_.push_back({.role = Role::system, .text = scenario_.instructions});
  }

  template <class Body>
  static trace::Event make(VirtualTime at, trace::ChannelId channel, Direction direction, const Body& body,
                           std::uint32_t exchange = 0) {
    return trace::make_event({.at = at, .channel = channel, .direction = direction, .exchange = exchange}, body);
  }
  template <class Body>
  void emit(VirtualTime at, trace::ChannelId channel, Direction direction, const Body& body,
            std::uint32_t exchange = 0) {
    add(make(at, channel, direction, body, exchange));
  }
  void add(trace::Event event) { made_.push_back({.event = std::move(event), .order = made_.size()}); }
  static trace::Message message(const SpeechFrame& frame) { return {.text = wire::to_json(frame)}; }

  trace::Trace finish() {
    std::stable_sort(made_.begin(), made_.end(), [](const Made& a, const Made& b) { return a.event.at < b.event.at; });
    for (Made& made : made_) trace_.add(std::move(made.event));
    return std::move(trace_);
  }

  // The next moment at which the caller acts: every 20 ms.
  static VirtualTime on_grid(VirtualTime at) {
    const std::int64_t frame = audio::kFrame.ns();
    return VirtualTime() + nanoseconds((at.ns() + frame - 1) / frame * frame);
  }

  void check_length(VirtualTime at, const ScenarioStep& step) const {
    if (at.since_start() > kScenarioCallMax)
      fail("{}: line {}: this step was not reached within a call of {}", name_, step.line, to_text(kScenarioCallMax));
  }

  // --- the model ---

  Bytes settings() const {
    std::vector<Bytes> tools;
    for (const ScenarioTool& tool : scenario_.tools) tools.push_back(tool_json(tool));
    Bytes list;
    for (const Bytes& tool : tools) list += (list.empty() ? "" : ",") + tool;
    wire::JsonObject object;
    object.text("model", scenario_.model);
    if (protocol_ == wire::CompletionProtocol::anthropic_messages) object.number("max_tokens", 1024);
    if (!tools.empty()) object.raw("tools", "[" + list + "]");
    object.raw("stream", "true");
    return std::move(object).finish();
  }

  Bytes tool_json(const ScenarioTool& tool) const {
    wire::JsonObject function;
    if (protocol_ == wire::CompletionProtocol::openai_responses) function.text("type", "function");
    function.text("name", tool.function()).text("description", tool.description);
    const bool is_anthropic = protocol_ == wire::CompletionProtocol::anthropic_messages;
    function.raw(is_anthropic ? "input_schema" : "parameters", tool.parameters);
    if (protocol_ != wire::CompletionProtocol::openai_chat) return std::move(function).finish();
    wire::JsonObject object;
    object.text("type", "function").raw("function", std::move(function).finish());
    return std::move(object).finish();
  }

  const ScenarioTool& tool_of(const ScenarioStep& step) const {
    const auto found = std::find_if(scenario_.tools.begin(), scenario_.tools.end(),
                                    [&](const ScenarioTool& tool) { return tool.name == step.text; });
    RINGBACK_CHECK(found != scenario_.tools.end(), "parse_scenario knows every tool");
    return *found;
  }

  // The answers of the model from `step` on, with their calls, until it has nothing to call. Returns the next step.
  std::size_t answer(std::size_t step) {
    const ScenarioStep* line = nullptr;
    std::vector<const ScenarioStep*> calls;
    const auto& steps = scenario_.steps;
    if (step < steps.size() && steps[step].kind == Kind::agent) line = &steps[step++];
    if (step < steps.size() && steps[step].kind == Kind::tool) {
      do {
        calls.push_back(&steps[step++]);
      } while (step < steps.size() && steps[step].kind == Kind::tool && steps[step].is_at_once);
    }
    ChatItem said{.role = Role::assistant, .text = line == nullptr ? Bytes() : Bytes(line->text)};
    for (const ScenarioStep* call : calls) {
      said.calls.push_back(
          {.id = fmt::format("call_{:04}", ++calls_), .name = tool_of(*call).function(), .arguments = call->arguments});
    }
    stream(said, line == nullptr ? kFirstCall : line->latency);
    conversation_.push_back(said);
    if (calls.empty()) return step;
    run_tools(calls, said.calls);
    return answer(step);
  }

  // One request and its answer; now_ is then the end of it.
  void stream(const ChatItem& said, Duration latency) {
    const std::uint32_t exchange = ++requests_;
    const wire::ChatRequest request{.items = conversation_, .settings = settings_};
    emit(now_, model_, Direction::from_agent,
         trace::Request{.operation = fmt::format("POST {}", wire::completion_path(protocol_)),
                        .body = wire::build_chat_request(protocol_, request),
                        .headers = "content-type: application/json\n"},
         exchange);
    now_ += latency;
    emit(now_, model_, Direction::to_agent,
         trace::Response{.status = 200, .headers = "content-type: text/event-stream\n"}, exchange);
    const std::string id = fmt::format("answer_{:04}", exchange);
    wire::CompletionDecoder decoder(protocol_);
    wire::Sentences sentences;
    for (const wire::CompletionPart& part :
         wire::build_completion_stream(protocol_, {.id = id, .model = scenario_.model}, said)) {
      if (part.is_token) now_ += kTokenInterval;
      emit(now_, model_, Direction::to_agent, trace::ResponsePart{.body = part.octets}, exchange);
      if (!has_sound_) continue;
      for (const wire::CompletionDelta& delta : decoder.part(part.octets)) {
        if (delta.kind != wire::CompletionDelta::Kind::text) continue;
        for (const Bytes& sentence : sentences.take(delta.text)) say(sentence);
      }
    }
    answered_at_ = now_;
    if (has_sound_) {
      for (const Bytes& sentence : sentences.finish()) say(sentence);
    } else if (!said.text.empty()) {
      emit(now_, caller_, Direction::from_agent, trace::Text{.text = said.text});
      heard_until_ = now_;
    }
  }

  // All at once; now_ is then the last answer.
  void run_tools(const std::vector<const ScenarioStep*>& steps, const std::vector<wire::ChatCall>& calls) {
    VirtualTime last = now_;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const ScenarioStep& step = *steps[i];
      const trace::ChannelId channel = tools_.at(step.text);
      const std::uint32_t exchange = ++tool_calls_[step.text];
      emit(now_, channel, Direction::from_agent, trace::Request{.operation = calls[i].name, .body = step.arguments},
           exchange);
      const VirtualTime answered = now_ + step.latency;
      emit(answered, channel, Direction::to_agent, trace::Response{.status = step.status, .body = step.result},
           exchange);
      last = std::max(last, answered);
      conversation_.push_back({.role = Role::tool, .text = step.result, .calls = {}, .call_id = calls[i].id});
    }
    now_ = last;
  }

  // --- a typed conversation ---

  void type(const ScenarioStep& step) {
    now_ = on_grid(heard_until_ + step.after);
    check_length(now_, step);
    emit(now_, caller_, Direction::to_agent, trace::Text{.text = step.text});
    conversation_.push_back({.role = Role::user, .text = step.text});
  }

  // --- sound ---

  void open_speech() {
    for (const trace::ChannelId channel : {synthesizer_channel_, transcriber_}) {
      const std::string encoding(audio::name_of(kScenarioFormat.encoding));
      emit({}, channel, Direction::from_agent, trace::Opened{.url = trace_.channels.find(channel)->url});
      emit({}, channel, Direction::from_agent,
           message({.type = SpeechType::start, .encoding = encoding, .rate = kScenarioFormat.rate}));
      emit(VirtualTime() + kReadyLatency, channel, Direction::to_agent, message({.type = SpeechType::ready}));
    }
  }

  Bytes sound_of(const Bytes& text, const ScenarioVoice& voice) const {
    Bytes sound = telephone_speech(synthesizer_(text, voice));
    if (sound.empty()) fail("{}: nothing is heard of \"{}\"", name_, text);
    return sound;
  }

  // The agent hands a sentence to the synthesizer, once the one before is done.
  void say(const Bytes& sentence) {
    VirtualTime at = std::max(now_, synthesizer_free_);
    const std::uint32_t exchange = ++sentences_;
    const std::string id = fmt::format("say_{}", exchange);
    const Bytes sound = sound_of(sentence, scenario_.agent_voice);
    plan(make(at, synthesizer_channel_, Direction::from_agent,
              message({.type = SpeechType::speak, .id = id, .text = sentence})));
    at += kFirstSound;
    const std::size_t bytes = audio::bytes_for(kSoundPerFrame, kScenarioFormat);
    for (std::size_t begin = 0; begin < sound.size(); begin += bytes) {
      const Bytes samples = sound.substr(begin, bytes);
      plan(make(at, synthesizer_channel_, Direction::to_agent,
                message({.type = SpeechType::audio, .id = id, .audio = samples}), exchange));
      if (begin == 0) plan(make(at, agent_audio_, Direction::from_agent, trace::Text{.text = sentence}));
      plan(make(at, agent_audio_, Direction::from_agent, trace::Audio{.samples = samples}), samples);
      at += kSoundInterval;
    }
    at += kDoneLatency - kSoundInterval;
    plan(make(at, synthesizer_channel_, Direction::to_agent, message({.type = SpeechType::done, .id = id}), exchange));
    synthesizer_free_ = at;
  }

  void plan(trace::Event event, Bytes sound = {}) { planned_.push_back({std::move(event), std::move(sound)}); }

  // What was planned and comes by `until`. Returns the sentence that was being spoken then.
  std::optional<std::string> carry_out(std::optional<VirtualTime> until) {
    std::optional<std::string> speaking;
    for (Planned& planned : planned_) {
      if (until.has_value() && planned.event.at > *until) break;
      if (!planned.sound.empty()) playout_.enqueue(planned.event.at, planned.sound);
      if (planned.event.channel == synthesizer_channel_) {
        const SpeechFrame frame = wire::parse_speech(trace::body_field(planned.event.body, 1));
        speaking = frame.type == SpeechType::done ? std::nullopt : std::optional(frame.id);
      }
      add(std::move(planned.event));
    }
    planned_.clear();
    return speaking;
  }

  VirtualTime end_of_speech() const {
    return playout_.audible().empty() ? VirtualTime() : playout_.audible().back().end;
  }

  void speak(const ScenarioStep& step) {
    if (step.interrupts) {
      speak_from(on_grid(first_heard(step) + *step.interrupts), step);
      return;
    }
    carry_out(std::nullopt);
    speak_from(on_grid(end_of_speech() + step.after), step);
  }

  // When the agent's latest answer is first heard.
  VirtualTime first_heard(const ScenarioStep& step) const {
    for (const Planned& planned : planned_) {
      if (!planned.sound.empty()) return planned.event.at + audio::Playout::Options().start_delay;
    }
    fail("{}: line {}: there is no speech to interrupt", name_, step.line);
  }

  void speak_from(VirtualTime at, const ScenarioStep& step) {
    check_length(at, step);
    feed_until(at);
    speech_ = sound_of(step.text, scenario_.caller_voice);
    while (!feed_frame().has_value()) {
    }
    const VirtualTime started = sent_at_ + kVoiceActivityLatency;
    emit(started, transcriber_, Direction::to_agent,
         message({.type = SpeechType::speech_started, .at_ms = edge_at_.ms()}), turn_ = ++turns_);
    if (step.interrupts) interrupt(started, step);
    std::optional<bool> edge;
    while (!edge.has_value()) edge = feed_frame();
    if (*edge || !speech_.empty()) fail("{}: the caller's line \"{}\" is taken for two turns", name_, step.text);
    emit(sent_at_ + kVoiceActivityLatency, transcriber_, Direction::to_agent,
         message({.type = SpeechType::partial, .text = step.text}), turn_);
    now_ = sent_at_ + kFinalLatency;
    emit(now_, transcriber_, Direction::to_agent,
         message({.type = SpeechType::final_transcript, .text = step.text, .at_ms = edge_at_.ms()}), turn_);
    conversation_.push_back({.role = Role::user, .text = step.text});
    synthesizer_free_ = now_;
  }

  void interrupt(VirtualTime at, const ScenarioStep& step) {
    if (at < answered_at_)
      fail("{}: line {}: expected an interruption after the answer is whole, {} later", name_, step.line,
           to_text(answered_at_ - at));
    const std::optional<std::string> speaking = carry_out(at);
    if (!playout_.is_playing(at))
      fail("{}: line {}: expected speech that goes on for longer than {}, found that it is over", name_, step.line,
           to_text(*step.interrupts));
    if (speaking.has_value())
      emit(at, synthesizer_channel_, Direction::from_agent, message({.type = SpeechType::cancel, .id = *speaking}));
    emit(at, caller_, Direction::from_agent, trace::Clear{});
    playout_.clear(at);
  }

  // The caller's track up to `at`.
  void feed_until(VirtualTime at) {
    while (frame_at_ < at) feed_frame();
  }

  // One frame of the caller, and what the transcriber decides with it: whether speech began or ended.
  std::optional<bool> feed_frame() {
    const std::size_t frame_bytes = audio::frame_bytes(kScenarioFormat);
    Bytes frame = speech_.empty() ? audio::silence(frame_bytes, kScenarioFormat) : speech_.substr(0, frame_bytes);
    speech_.erase(0, std::min(frame_bytes, speech_.size()));
    emit(frame_at_, caller_audio_, Direction::to_agent, trace::Audio{.samples = frame});
    sent_at_ = std::max(frame_at_, VirtualTime() + kReadyLatency);
    emit(sent_at_, transcriber_, Direction::from_agent, message({.type = SpeechType::audio, .audio = frame}));
    frame_at_ += audio::kFrame;
    std::vector<audio::SpeechDetector::Edge> edges;
    detector_.feed(frame, edges);
    if (edges.empty()) return std::nullopt;
    edge_at_ = edges.back().at;
    return edges.back().speech;
  }

  void hang_up(const ScenarioStep& step) {
    carry_out(std::nullopt);
    const VirtualTime at = on_grid((has_sound_ ? end_of_speech() : heard_until_) + step.after);
    check_length(at, step);
    const bool by_caller = step.text == "caller";
    if (has_sound_) feed_until(at);
    emit(at, caller_, by_caller ? Direction::to_agent : Direction::from_agent, trace::HungUp{.by = step.text});
    if (!has_sound_) return;
    for (const trace::ChannelId channel : {transcriber_, synthesizer_channel_})
      emit(at, channel, Direction::from_agent, trace::Closed{.code = 1000});
  }

  std::string_view name_;
  const Scenario& scenario_;
  const SpeechSynthesizer& synthesizer_;
  wire::CompletionProtocol protocol_;
  bool has_sound_;
  trace::Trace trace_;
  std::vector<Made> made_;
  trace::ChannelId caller_ = 0;
  trace::ChannelId caller_audio_ = 0;
  trace::ChannelId agent_audio_ = 0;
  trace::ChannelId transcriber_ = 0;
  trace::ChannelId synthesizer_channel_ = 0;
  trace::ChannelId model_ = 0;
  std::map<std::string, trace::ChannelId> tools_;
  std::map<std::string, std::uint32_t> tool_calls_;

  VirtualTime now_;
  VirtualTime heard_until_;  // typed: the agent's last text
  Bytes settings_;
  std::vector<ChatItem> conversation_;
  std::uint32_t requests_ = 0;
  int calls_ = 0;
  VirtualTime answered_at_;

  // the caller
  VirtualTime frame_at_;
  VirtualTime sent_at_;
  Bytes speech_;
  audio::SpeechDetector detector_;
  Duration edge_at_;
  std::uint32_t turns_ = 0;
  std::uint32_t turn_ = 0;

  // the agent's speech
  std::vector<Planned> planned_;
  audio::Playout playout_;
  VirtualTime synthesizer_free_;
  std::uint32_t sentences_ = 0;
};

}  // namespace

trace::Trace compile_requests(std::string_view name, const Scenario& scenario, const SpeechSynthesizer& synthesizer) {
  return RequestCall(name, scenario, synthesizer).play();
}

}  // namespace ringback::formats
