// compile_scenario: a small world of its own (caller, bridge agent, Realtime model, tools) that plays a script through
// and records what crosses the agent's borders.
#include <functional>
#include <map>
#include <memory>

#include "src/audio/playout.h"
#include "src/audio/speech_detector.h"
#include "src/base/error.h"
#include "src/formats/scenario.h"
#include "src/formats/scenario_agenda.h"
#include "src/formats/scenario_realtime_session.h"
#include "src/formats/scenario_requests.h"
#include "src/formats/scenario_speech.h"
#include "src/wire/realtime.h"

namespace ringback::formats {

namespace {

using trace::Direction;
using Kind = ScenarioStep::Kind;

// How the pretended services behave. docs/scenario.md states these.
constexpr Duration kConnectLatency = milliseconds(100);        // socket opened -> session.created
constexpr Duration kSessionUpdateLatency = milliseconds(60);   // session.update -> session.updated
constexpr Duration kVoiceActivityLatency = milliseconds(60);   // deciding frame -> speech_started, speech_stopped
constexpr Duration kTranscriptionLatency = milliseconds(350);  // committed -> transcript of what the caller said
constexpr Duration kCreatedLatency = milliseconds(40);         // asked -> response.created, item.added
constexpr Duration kAudioPerDelta = milliseconds(200);
constexpr Duration kDeltaInterval = milliseconds(40);
constexpr Duration kArgumentsInterval = milliseconds(20);
constexpr Duration kFirstArguments = milliseconds(300);  // asked -> first arguments of a call without speech before
constexpr Duration kDoneLatency = milliseconds(20);      // last delta -> the .done events
constexpr std::size_t kArgumentsBytesPerDelta = 8;
static_assert(kScenarioLatencyMin.ns() == kCreatedLatency.ns() + kDoneLatency.ns());
constexpr Duration kKeyInterval = milliseconds(240);         // one key -> the next
constexpr Duration kKeysCompleteAfter = milliseconds(1500);  // the agent waits so long for another key; # ends at once

// What one response of the model says and calls; kept while it streams.
struct Reply {
  std::uint32_t exchange = 0;
  std::string id;
  const ScenarioStep* line = nullptr;  // what is said, if anything
  const ScenarioStep* tool = nullptr;  // what is called, if anything
  bool is_done = false;
  // the message
  std::string message_id;
  Bytes speech;
  std::vector<std::string> tokens;
  std::size_t sent_bytes = 0;
  std::size_t sent_tokens = 0;
  std::string said;  // transcript so far
  bool message_open = false;
  bool message_done = false;
  // the call
  std::string call_item_id;
  std::string call_id;
};

class Call {
 public:
  Call(std::string_view name, const Scenario& scenario, const SpeechSynthesizer& synthesizer,
       std::shared_ptr<Scratch> scratch)
      : name_(name),
        scenario_(scenario),
        synthesizer_(synthesizer),
        trace_(std::move(scratch)),
        detector_(kScenarioFormat),
        playout_(kScenarioFormat) {}

  trace::Trace play() {
    declare();
    emit(caller_, Direction::to_agent, trace::CallStarted{});
    agenda_.in({}, [this] { connect(); });
    agenda_.in({}, [this] { tick(); });
    while (!is_over_) {
      RINGBACK_CHECK(agenda_.step(), "the caller's frames keep the call going");
      if (agenda_.now().since_start() > scenario_.call_max) {
        fail("{}: line {}: this step was not reached within a call of {}", name_, current().line,
             to_text(scenario_.call_max));
      }
    }
    return std::move(trace_);
  }

 private:
  // --- recording ---

  void declare() {
    trace_.metadata["origin"] =
        scenario_.title.empty() ? "scenario script" : fmt::format("scenario script: {}", scenario_.title);
    const std::string encoding(audio::name_of(kScenarioFormat.encoding));
    caller_ = trace_.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
    caller_audio_ = trace_.declare({.kind = trace::ChannelKind::audio,
                                    .name = "caller.audio",
                                    .encoding = encoding,
                                    .rate = kScenarioFormat.rate});
    agent_audio_ = trace_.declare(
        {.kind = trace::ChannelKind::audio, .name = "agent.audio", .encoding = encoding, .rate = kScenarioFormat.rate});
    model_ = trace_.declare(
        {.kind = trace::ChannelKind::model, .name = "model", .encoding = "openai-realtime", .url = url()});
    for (const ScenarioTool& tool : scenario_.tools) {
      if (tool.hands_over_to) continue;
      tools_[tool.name] = trace_.declare(
          {.kind = trace::ChannelKind::tool, .name = fmt::format("tool:{}", tool.name), .url = tool.url});
    }
    trace_.add(trace::make_event({}, trace::RecordingFacts{.source = "scenario"}));
  }

  template <class Body>
  void emit(trace::ChannelId channel, Direction direction, const Body& body, std::uint32_t exchange = 0) {
    trace_.add(trace::make_event(
        {.at = agenda_.now(), .channel = channel, .direction = direction, .exchange = exchange}, body));
  }

  std::string url() const { return fmt::format("wss://api.openai.com/v1/realtime?model={}", scenario_.model); }

  // From the model to the agent.
  void serve(const wire::RealtimeFrame& frame, std::uint32_t exchange = 0) {
    emit(model_, Direction::to_agent, trace::Message{.text = frame.text}, exchange);
  }
  // From the agent to the model.
  void send(const wire::RealtimeFrame& frame) {
    emit(model_, Direction::from_agent, trace::Message{.text = frame.text});
  }

  std::string next_event() { return fmt::format("event_{:05}", ++events_); }
  std::string next_item() { return fmt::format("item_{:04}", ++items_); }

  const ScenarioStep& current() const { return scenario_.steps[step_]; }
  const ScenarioStep* previous() const { return step_ == 0 ? nullptr : &scenario_.steps[step_ - 1]; }

  Bytes speak(const ScenarioStep& step, const ScenarioVoice& voice) {
    Bytes speech = telephone_speech(synthesizer_(step.text, voice));
    if (speech.empty()) fail("{}: line {}: nothing is heard of \"{}\"", name_, step.line, step.text);
    return speech;
  }

  // --- the session ---

  void connect() {
    emit(model_, Direction::from_agent, trace::Opened{.url = url()});
    agenda_.in(kConnectLatency, [this] {
      serve(wire::session_created(next_event(), session_json(scenario_, "sess_0001")));
      send(wire::session_update(session_json(scenario_, "")));
      agenda_.in(kSessionUpdateLatency, [this] { begin_session(); });
    });
  }

  void begin_session() {
    serve(wire::session_updated(next_event(), session_json(scenario_, "sess_0001")));
    has_session_ = true;
    if (current().kind == Kind::agent) ask_for_response();
    for (const Bytes& frame : early_frames_) append(frame);
    early_frames_.clear();
  }

  // --- the caller ---

  void tick() {
    if (is_over_) return;
    if (speech_.empty()) take_caller_turn();
    if (is_over_) return;
    const std::size_t frame_bytes = audio::frame_bytes(kScenarioFormat);
    Bytes frame = audio::silence(frame_bytes, kScenarioFormat);
    if (!speech_.empty()) {
      frame = speech_.substr(0, frame_bytes);
      speech_.erase(0, frame_bytes);
      if (speech_.empty()) caller_end_ = agenda_.now() + audio::kFrame;
    }
    emit(caller_audio_, Direction::to_agent, trace::Audio{.samples = frame});
    if (has_session_) {
      append(frame);
    } else {
      early_frames_.push_back(frame);
    }
    agenda_.in(audio::kFrame, [this] { tick(); });
  }

  void take_caller_turn() {
    const ScenarioStep& step = current();
    if (step.kind == Kind::hang_up) {
      if (is_due(step)) hang_up(step);
      return;
    }
    if (step.kind == Kind::keys && is_due(step)) {
      ++step_;
      caller_end_.reset();
      press(step, 0);
      return;
    }
    if (step.kind != Kind::caller || !is_due(step)) return;
    speech_ = speak(step, scenario_.caller_voice);
    caller_said_ = step.text;
    caller_end_.reset();
    ++step_;
  }

  // The agent stops talking at the first key, and passes the keys on as one line when they are complete.
  void press(const ScenarioStep& step, std::size_t index) {
    const char key = step.text[index];
    emit(caller_, Direction::to_agent, trace::Dtmf{.digit = std::string(1, key)});
    if (index == 0) stop_speaking();
    caller_end_ = agenda_.now();
    if (key == '#' && index + 1 < step.text.size()) {
      fail("{}: line {}: expected # as the last key, which ends what is keyed in", name_, step.line);
    }
    if (index + 1 < step.text.size()) {
      agenda_.in(kKeyInterval, [this, &step, index] { press(step, index + 1); });
    } else {
      agenda_.in(key == '#' ? Duration() : kKeysCompleteAfter, [this, &step] { pass_on_keys(step); });
    }
  }

  void pass_on_keys(const ScenarioStep& step) {
    if (reply_ && !reply_->is_done) {
      fail("{}: line {}: the keys are complete while the response before still streams", name_, step.line);
    }
    std::string keys = step.text;
    if (keys.size() > 1 && keys.back() == '#') keys.pop_back();
    const std::string said = fmt::format("The caller pressed {} on the keypad.", keys);
    send(wire::create_user_text(said));
    agenda_.in(kCreatedLatency, [this, said] {
      const std::string id = next_item();
      const wire::RealtimeItem item{.id = id, .role = "user", .part_type = "input_text", .transcript = said};
      serve(wire::item_added(next_event(), last_item_, item));
      serve(wire::item_done(next_event(), last_item_, item));
      last_item_ = id;
    });
    ask_for_response();
  }

  bool is_due(const ScenarioStep& step) const {
    const VirtualTime now = agenda_.now();
    if (step.interrupts) {
      const auto& spans = playout_.audible();
      if (spans.size() <= turn_span_) return false;
      const bool is_heard = spans.back().end > now;
      if (reply_ && reply_->is_done && !is_heard) {
        fail("{}: line {}: expected speech that goes on for longer than {}, found that it lasts {}", name_, step.line,
             to_text(*step.interrupts), to_text(spans.back().end - spans[turn_span_].begin));
      }
      return is_heard && now >= spans[turn_span_].begin + *step.interrupts;
    }
    if (step.at) return now >= VirtualTime() + *step.at;
    if (previous() == nullptr) return now >= VirtualTime() + step.after;
    if (previous()->kind == Kind::caller || previous()->kind == Kind::keys)
      return caller_end_ && now >= *caller_end_ + step.after;
    if (!reply_ || !reply_->is_done || playout_.audible().size() <= turn_span_) return false;
    return now >= playout_.audible().back().end + step.after;
  }

  void hang_up(const ScenarioStep& step) {
    const bool by_caller = step.text == "caller";
    emit(caller_, by_caller ? Direction::to_agent : Direction::from_agent, trace::HungUp{.by = step.text});
    emit(model_, Direction::from_agent, trace::Closed{.code = 1000});
    is_over_ = true;
    agenda_.clear();
  }

  // --- voice activity ---

  void append(const Bytes& frame) {
    send(wire::append_audio(frame));
    std::vector<audio::SpeechDetector::Edge> edges;
    detector_.feed(frame, edges);
    for (const audio::SpeechDetector::Edge& edge : edges) {
      agenda_.in(kVoiceActivityLatency, [this, edge] { edge.speech ? start_turn(edge.at) : end_turn(edge.at); });
    }
  }

  void start_turn(Duration at) {
    user_item_ = next_item();
    serve(wire::speech_started(next_event(), user_item_, at.ms()));
    const bool is_streaming = reply_ && !reply_->is_done;
    stop_speaking();
    if (is_streaming) agenda_.in(kDoneLatency, [this, reply = reply_] { cancel(*reply); });
    if (is_streaming) reply_->is_done = true;  // nothing more of it is streamed
  }

  // The agent is interrupted: it cuts what is still to be played and tells the model how much was heard.
  void stop_speaking() {
    if (!playout_.is_playing(agenda_.now()) || !reply_ || reply_->message_id.empty()) return;
    const Duration before_message = message_begin_;
    emit(caller_, Direction::from_agent, trace::Clear{});
    playout_.clear(agenda_.now());
    const Duration heard = playout_.played(agenda_.now()) - before_message;
    const std::string item = reply_->message_id;
    const std::int64_t heard_ms = std::max(heard, Duration()).ms();
    send(wire::truncate(item, heard_ms));
    agenda_.in(kCreatedLatency, [this, item, heard_ms] { serve(wire::item_truncated(next_event(), item, heard_ms)); });
  }

  void end_turn(Duration at) {
    const std::string item = user_item_;
    serve(wire::speech_stopped(next_event(), item, at.ms()));
    serve(wire::committed(next_event(), last_item_, item));
    const wire::RealtimeItem user{.id = item, .role = "user", .part_type = "input_audio"};
    serve(wire::item_added(next_event(), last_item_, user));
    serve(wire::item_done(next_event(), last_item_, user));
    last_item_ = item;
    agenda_.in(kTranscriptionLatency, [this, item, said = caller_said_] {
      serve(wire::input_transcription_completed(next_event(), item, said));
    });
    if (!speech_.empty()) fail("{}: the caller's line \"{}\" is taken for two turns", name_, caller_said_);
    respond();
  }

  // --- responses ---

  void ask_for_response() {
    send(wire::response_create());
    respond();
  }

  // The model begins the next response of the script.
  void respond() {
    const ScenarioStep& step = current();
    if (step.kind == Kind::hang_up || step.kind == Kind::caller) {
      fail("{}: line {}: the model answers what the caller said, but the script goes on with the caller{}", name_,
           step.line,
           step.kind == Kind::hang_up ? "; hang up within 500ms of the caller's line, or let the agent answer" : "");
    }
    auto reply = std::make_shared<Reply>();
    reply_ = reply;
    reply->exchange = ++responses_;
    reply->id = fmt::format("resp_{:04}", responses_);
    if (step.kind == Kind::agent) {
      reply->line = &step;
      reply->speech = speak(step, scenario_.agent_voice);
      reply->tokens = tokens_of(step.text);
      ++step_;
    }
    if (step_ < scenario_.steps.size() && current().kind == Kind::tool) {
      reply->tool = &current();
      ++step_;
    }
    turn_span_ = playout_.audible().size();
    agenda_.in(kCreatedLatency,
               [this, reply] { serve(wire::response_created(next_event(), reply->id), reply->exchange); });
    if (reply->line != nullptr) {
      const Duration latency = reply->line->latency;
      agenda_.in(latency - kDoneLatency, [this, reply] { open_message(*reply); });
      agenda_.in(latency, [this, reply] { stream(reply); });
    } else {
      agenda_.in(kFirstArguments, [this, reply] { open_call(reply); });
    }
  }

  static wire::RealtimeItem message_item(const Reply& reply, std::string_view status) {
    return {.id = reply.message_id,
            .status = status,
            .part_type = status == "in_progress" ? "" : "output_audio",
            .transcript = reply.said};
  }
  wire::RealtimePlace place(std::string_view event_id, const Reply& reply) const {
    return {.event_id = event_id, .response_id = reply.id, .item_id = reply.message_id};
  }

  void open_message(Reply& reply) {
    if (reply.is_done) return;
    reply.message_id = next_item();
    reply.message_open = true;
    const wire::RealtimeItem item = message_item(reply, "in_progress");
    serve(wire::output_item_added(place(next_event(), reply), item), reply.exchange);
    serve(wire::item_added(next_event(), last_item_, item), reply.exchange);
    serve(wire::content_part_added(place(next_event(), reply), "audio"), reply.exchange);
    last_item_ = reply.message_id;
    message_begin_ = playout_.queued();
  }

  // One delta of sound, with the words that are due with it, and then the next.
  void stream(const std::shared_ptr<Reply>& reply) {
    if (reply->is_done) return;
    const std::size_t bytes =
        std::min(audio::bytes_for(kAudioPerDelta, kScenarioFormat), reply->speech.size() - reply->sent_bytes);
    const std::size_t tokens_due = reply->tokens.size() * (reply->sent_bytes + bytes) / reply->speech.size();
    for (; reply->sent_tokens < tokens_due; ++reply->sent_tokens) {
      const std::string& token = reply->tokens[reply->sent_tokens];
      reply->said += token;
      serve(wire::audio_transcript_delta(place(next_event(), *reply), token), reply->exchange);
    }
    const Bytes samples = reply->speech.substr(reply->sent_bytes, bytes);
    serve(wire::output_audio_delta(place(next_event(), *reply), samples), reply->exchange);
    emit(agent_audio_, Direction::from_agent, trace::Audio{.samples = samples});
    playout_.enqueue(agenda_.now(), samples);
    reply->sent_bytes += bytes;
    if (reply->sent_bytes < reply->speech.size()) {
      agenda_.in(kDeltaInterval, [this, reply] { stream(reply); });
      return;
    }
    agenda_.in(kDoneLatency, [this, reply] {
      if (reply->is_done) return;
      close_message(*reply, "completed");
      if (reply->tool == nullptr) {
        finish(*reply, "completed", "");
      } else {
        agenda_.in(kArgumentsInterval, [this, reply] { open_call(reply); });
      }
    });
  }

  void close_message(Reply& reply, std::string_view status) {
    if (!reply.message_open) return;
    reply.message_open = false;
    reply.message_done = true;
    const wire::RealtimeItem item = message_item(reply, status);
    serve(wire::output_audio_done(place(next_event(), reply)), reply.exchange);
    serve(wire::audio_transcript_done(place(next_event(), reply), reply.said), reply.exchange);
    serve(wire::content_part_done(place(next_event(), reply), "audio", reply.said), reply.exchange);
    serve(wire::item_done(next_event(), "", item), reply.exchange);
    serve(wire::output_item_done(place(next_event(), reply), item), reply.exchange);
  }

  void cancel(Reply& reply) {
    close_message(reply, "incomplete");
    finish(reply, "cancelled", "turn_detected");
  }

  void finish(Reply& reply, std::string_view status, std::string_view reason) {
    std::vector<wire::RealtimeItem> output;
    if (reply.message_done) output.push_back(message_item(reply, status == "completed" ? "completed" : "incomplete"));
    if (!reply.call_id.empty()) output.push_back(call_item(reply, "completed"));
    serve(wire::response_done(next_event(), reply.id, status, reason, output), reply.exchange);
    serve(wire::rate_limits_updated(next_event()));
    reply.is_done = true;
    if (output_waits_) {
      output_waits_ = false;
      ask_for_response();
    }
  }

  // --- function calls ---

  const ScenarioTool& tool_of(const ScenarioStep& step) const {
    for (const ScenarioTool& tool : scenario_.tools) {
      if (tool.name == step.text) return tool;
    }
    RINGBACK_CHECK(false, "parse_scenario knows every tool");
    return scenario_.tools.front();
  }

  wire::RealtimeItem call_item(const Reply& reply, std::string_view status) {
    call_function_ = tool_of(*reply.tool).function();
    return {.id = reply.call_item_id,
            .type = "function_call",
            .status = status,
            .name = call_function_,
            .call_id = reply.call_id,
            .arguments = status == "completed" ? BytesView(reply.tool->arguments) : BytesView()};
  }
  wire::RealtimePlace call_place(std::string_view event_id, const Reply& reply) const {
    return {.event_id = event_id,
            .response_id = reply.id,
            .item_id = reply.call_item_id,
            .output_index = reply.line == nullptr ? 0 : 1};
  }

  void open_call(const std::shared_ptr<Reply>& reply) {
    if (reply->is_done) return;
    reply->call_item_id = next_item();
    reply->call_id = fmt::format("call_{:04}", ++calls_);
    const wire::RealtimeItem item = call_item(*reply, "in_progress");
    serve(wire::output_item_added(call_place(next_event(), *reply), item), reply->exchange);
    serve(wire::item_added(next_event(), last_item_, item), reply->exchange);
    last_item_ = reply->call_item_id;
    stream_arguments(reply, 0);
  }

  void stream_arguments(const std::shared_ptr<Reply>& reply, std::size_t sent) {
    if (reply->is_done) return;
    const BytesView rest = BytesView(reply->tool->arguments).substr(sent);
    if (rest.empty()) {
      close_call(*reply);
      return;
    }
    // Never inside a character.
    std::size_t length = std::min(kArgumentsBytesPerDelta, rest.size());
    while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xC0) == 0x80) ++length;
    serve(wire::function_call_arguments_delta(call_place(next_event(), *reply), reply->call_id, rest.substr(0, length)),
          reply->exchange);
    agenda_.in(kArgumentsInterval, [this, reply, next = sent + length] { stream_arguments(reply, next); });
  }

  void close_call(Reply& reply) {
    const ScenarioTool& tool = tool_of(*reply.tool);
    const Bytes& arguments = reply.tool->arguments;
    serve(
        wire::function_call_arguments_done(call_place(next_event(), reply), reply.call_id, tool.function(), arguments),
        reply.exchange);
    call_tool(tool, *reply.tool, reply.call_id);
    const wire::RealtimeItem item = call_item(reply, "completed");
    serve(wire::item_done(next_event(), "", item), reply.exchange);
    serve(wire::output_item_done(call_place(next_event(), reply), item), reply.exchange);
    finish(reply, "completed", "");
  }

  void call_tool(const ScenarioTool& tool, const ScenarioStep& step, const std::string& call_id) {
    if (tool.hands_over_to) {
      return_output(step, call_id, [this, prompt = *tool.hands_over_to] { hand_over(prompt); });
    } else {
      attempt(tool, step, call_id, 1);
    }
  }

  void attempt(const ScenarioTool& tool, const ScenarioStep& step, const std::string& call_id, int number) {
    const trace::ChannelId channel = tools_.at(tool.name);
    const std::uint32_t exchange = ++tool_calls_[tool.name];
    emit(channel, Direction::from_agent, trace::Request{.operation = tool.name, .body = step.arguments}, exchange);
    agenda_.in(step.latency, [this, channel, exchange, &tool, &step, call_id, number] {
      emit(channel, Direction::to_agent, trace::Response{.status = step.status, .body = step.result}, exchange);
      if (number < step.attempts) {
        const Duration backoff = step.backoff * (std::int64_t{1} << std::min(number - 1, 20));
        agenda_.in(backoff, [this, &tool, &step, call_id, number] { attempt(tool, step, call_id, number + 1); });
      } else if (!step.gives_up) {
        return_output(step, call_id, [] {});
      }
    });
  }

  // The same session with another prompt and its tools.
  void hand_over(std::size_t prompt) {
    send(wire::session_update(session_json(scenario_, "", prompt)));
    agenda_.in(kSessionUpdateLatency, [this, prompt] {
      serve(wire::session_updated(next_event(), session_json(scenario_, "sess_0001", prompt)));
    });
  }

  // `then`: what the agent does before it asks for a response.
  void return_output(const ScenarioStep& step, const std::string& call_id, const std::function<void()>& then) {
    send(wire::create_function_output(call_id, step.result));
    then();
    agenda_.in(kCreatedLatency, [this, &step, call_id] {
      const std::string id = next_item();
      const wire::RealtimeItem item{
          .id = id, .type = "function_call_output", .call_id = call_id, .output = step.result};
      serve(wire::item_added(next_event(), last_item_, item));
      serve(wire::item_done(next_event(), last_item_, item));
      last_item_ = id;
    });
    if (reply_->is_done) {
      ask_for_response();
    } else {
      output_waits_ = true;
    }
  }

  std::string_view name_;
  const Scenario& scenario_;
  const SpeechSynthesizer& synthesizer_;
  Agenda agenda_;
  trace::Trace trace_;
  trace::ChannelId caller_ = 0;
  trace::ChannelId caller_audio_ = 0;
  trace::ChannelId agent_audio_ = 0;
  trace::ChannelId model_ = 0;
  std::map<std::string, trace::ChannelId> tools_;
  std::map<std::string, std::uint32_t> tool_calls_;

  std::size_t step_ = 0;  // the next one
  bool is_over_ = false;
  bool has_session_ = false;
  std::vector<Bytes> early_frames_;  // before the session was ready

  // the caller
  Bytes speech_;  // still to be said of the current line
  std::string caller_said_;
  std::optional<VirtualTime> caller_end_;

  // the model
  audio::SpeechDetector detector_;
  std::string user_item_;
  std::string last_item_;
  std::shared_ptr<Reply> reply_;  // the latest; its pending deltas keep it too
  std::uint32_t responses_ = 0;
  int events_ = 0;
  int items_ = 0;
  int calls_ = 0;
  std::string call_function_;  // what call_item's name points to

  // the agent
  audio::Playout playout_;
  std::size_t turn_span_ = 0;  // the first audible span of the latest response
  Duration message_begin_;     // how much sound was queued before the latest message
  bool output_waits_ = false;  // a tool answered before its response was done
};

}  // namespace

trace::Trace compile_scenario(std::string_view name, const Scenario& scenario, const SpeechSynthesizer& synthesizer,
                              std::shared_ptr<Scratch> scratch) {
  if (scenario.kind != ScenarioKind::realtime) return compile_requests(name, scenario, synthesizer);
  return Call(name, scenario, synthesizer, std::move(scratch)).play();
}

}  // namespace ringback::formats
