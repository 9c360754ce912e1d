#include "src/formats/cassette_layout.h"

#include <map>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "src/audio/format.h"
#include "src/base/error.h"
#include "src/formats/pacing.h"
#include "src/wire/realtime.h"

namespace ringback::formats {

namespace {

using trace::Direction;
using wire::RealtimeFrame;
using wire::RealtimeType;

constexpr Duration kCutAppend = milliseconds(100);  // what an append lasted whose sound was cut

// Recorders that cut sound keep 44 characters of base64 of each piece.
constexpr std::size_t kCutAudioBytes = 33;

struct Frame {
  RealtimeFrame fields;
  bool is_sent = false;
};

std::vector<Frame> parse_frames(const std::vector<CassetteEntry>& entries) {
  std::vector<Frame> frames;
  for (const CassetteEntry& entry : entries) {
    if (entry.is_close) {
      frames.emplace_back();
      continue;
    }
    try {
      frames.push_back({.fields = wire::parse_realtime(entry.json), .is_sent = entry.is_sent});
    } catch (const Error& error) {
      fail("{}: {}", entry.place, error.what());
    }
  }
  return frames;
}

// session.audio.{input,output}.format or, in the beta, session.{input,output}_audio_format; nothing where the frame
// does not say.
std::optional<audio::Format> format_in(const Bytes& session_frame, const char* track) {
  namespace json = boost::json;
  boost::system::error_code code;
  const json::value document = json::parse(session_frame, code);
  const json::value* format = document.find_pointer(fmt::format("/session/audio/{}/format", track), code);
  if (format == nullptr) format = document.find_pointer(fmt::format("/session/{}_audio_format", track), code);
  if (format == nullptr) return std::nullopt;
  std::string name;
  std::int64_t rate = 24'000;
  if (const json::string* text = format->if_string()) name = std::string_view(*text);
  if (const json::object* object = format->if_object()) {
    const json::value* type = object->if_contains("type");
    if (type != nullptr && type->is_string()) name = std::string_view(type->get_string());
    const json::value* stated_rate = object->if_contains("rate");
    if (stated_rate != nullptr && stated_rate->is_int64()) rate = stated_rate->get_int64();
  }
  if (name == "audio/pcmu" || name == "g711_ulaw") return audio::format_of("mulaw", 8000);
  if (name == "audio/pcma" || name == "g711_alaw") return audio::format_of("alaw", 8000);
  if (rate < audio::kRateMin || rate > audio::kRateMax) return std::nullopt;
  return audio::format_of("pcm16le", static_cast<std::uint32_t>(rate));
}

// What a first look over the frames tells about the whole.
struct Overview {
  audio::Format caller_format{.encoding = audio::Encoding::pcm16le, .rate = 24'000};
  audio::Format agent_format{.encoding = audio::Encoding::pcm16le, .rate = 24'000};
  bool has_caller_audio = false;
  bool has_agent_audio = false;
  bool is_cut = false;
  std::map<std::string, std::string> function_of_call;  // call id -> function
  std::vector<std::string> functions;                   // in order of their first call
};

void note_call(const RealtimeFrame& frame, Overview& overview) {
  if (frame.call_id.empty() || frame.name.empty()) return;
  if (!overview.function_of_call.emplace(frame.call_id, frame.name).second) return;
  for (const std::string& known : overview.functions) {
    if (known == frame.name) return;
  }
  overview.functions.push_back(frame.name);
}

Overview look_over(const std::vector<Frame>& frames) {
  Overview overview;
  std::size_t longest_audio = 0;
  for (const Frame& frame : frames) {
    const RealtimeFrame& fields = frame.fields;
    longest_audio = std::max(longest_audio, fields.audio.size());
    switch (fields.type) {
      case RealtimeType::session_created:
      case RealtimeType::session_updated:
        overview.caller_format = format_in(fields.text, "input").value_or(overview.caller_format);
        overview.agent_format = format_in(fields.text, "output").value_or(overview.agent_format);
        break;
      case RealtimeType::input_audio_append:
        overview.has_caller_audio = overview.has_caller_audio || !fields.audio.empty();
        break;
      case RealtimeType::output_audio_delta:
        overview.has_agent_audio = true;
        break;
      default:
        if (!frame.is_sent) note_call(fields, overview);
        break;
    }
  }
  overview.is_cut = longest_audio > 0 && longest_audio <= kCutAudioBytes;
  return overview;
}

// A user item with text is what the caller typed, unless the agent adds an item of the assistant after it: then it is
// history from before, which the agent tells the model itself. Indexes into `frames`.
std::vector<bool> find_typed_turns(const std::vector<Frame>& frames) {
  std::vector<bool> is_typed(frames.size(), false);
  bool is_history = false;
  for (std::size_t i = frames.size(); i-- > 0;) {
    const RealtimeFrame& fields = frames[i].fields;
    if (!frames[i].is_sent ||
        (fields.type != RealtimeType::item_create && fields.type != RealtimeType::response_create))
      continue;
    if (fields.type == RealtimeType::response_create) {
      is_history = false;
    } else if (fields.role == "assistant") {
      is_history = true;
    } else if (fields.role == "user" && !fields.transcript.empty()) {
      is_typed[i] = !is_history;
    }
  }
  return is_typed;
}

BytesView whole_samples(BytesView samples, const audio::Format& format) {
  return samples.substr(0, samples.size() - samples.size() % audio::bytes_per_sample(format));
}

class Layout {
 public:
  Layout(const std::vector<CassetteEntry>& entries, const CassetteOrigin& origin)
      : entries_(entries),
        origin_(origin),
        frames_(parse_frames(entries)),
        overview_(look_over(frames_)),
        is_typed_(find_typed_turns(frames_)) {}

  trace::Trace make() {
    declare();
    emit(caller_, Direction::to_agent, trace::CallStarted{});
    emit(model_, Direction::from_agent, trace::Opened{});
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const CassetteEntry& entry = entries_[i];
      at_ = entry.at;
      if (at_.has_value()) now_ = std::max(now_, *at_);
      if (entry.is_close) {
        advance(kFrameGap);
        emit(model_, Direction::to_agent, trace::Closed{.code = entry.close_code, .reason = entry.close_reason});
      } else if (entry.is_sent) {
        send(frames_[i].fields, is_typed_[i]);
      } else {
        receive(frames_[i].fields);
      }
    }
    return std::move(trace_);
  }

 private:
  void declare() {
    trace_.metadata["origin"] = origin_.description;
    caller_ = trace_.declare({.kind = trace::ChannelKind::caller, .name = "caller"});
    if (overview_.has_caller_audio) caller_audio_ = declare_track("caller.audio", overview_.caller_format);
    if (overview_.has_agent_audio) agent_audio_ = declare_track("agent.audio", overview_.agent_format);
    model_ = trace_.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = "openai-realtime"});
    for (const std::string& function : overview_.functions) {
      tools_[function].channel =
          trace_.declare({.kind = trace::ChannelKind::tool, .name = fmt::format("tool:{}", function)});
    }
    const bool has_audio = overview_.has_caller_audio || overview_.has_agent_audio;
    trace_.add(trace::make_event({}, trace::RecordingFacts{.source = origin_.source,
                                                           .times = origin_.times,
                                                           .audio = overview_.is_cut ? "truncated"
                                                                    : has_audio      ? ""
                                                                                     : "none",
                                                           .tools = tools_.empty() ? "" : "derived"}));
  }

  trace::ChannelId declare_track(const char* name, const audio::Format& format) {
    return trace_.declare({.kind = trace::ChannelKind::audio,
                           .name = name,
                           .encoding = std::string(audio::name_of(format.encoding)),
                           .rate = format.rate});
  }

  template <class Body>
  void emit(trace::ChannelId channel, Direction direction, const Body& body, std::uint32_t exchange = 0) {
    trace_.add(trace::make_event({.at = now_, .channel = channel, .direction = direction, .exchange = exchange}, body));
  }

  // Where the recording has a time, that is the time.
  void advance(Duration gap) {
    if (!at_.has_value()) now_ += gap;
  }

  // A frame of the agent, and before it what made the agent send it.
  void send(const RealtimeFrame& frame, bool is_typed) {
    if (!at_.has_value()) now_ = std::max(now_, speech_until_);
    if (is_typed) {
      advance(kTypingGap);
      emit(caller_, Direction::to_agent, trace::Text{.text = frame.transcript});
    } else if (frame.type == RealtimeType::input_audio_append && !frame.audio.empty()) {
      const Bytes samples(whole_samples(frame.audio, overview_.caller_format));
      emit(caller_audio_, Direction::to_agent, trace::Audio{.samples = samples});
      speech_until_ =
          now_ + (overview_.is_cut ? kCutAppend : audio::duration_of(samples.size(), overview_.caller_format));
    } else if (frame.item_type == "function_call_output") {
      answer_call(frame);
    }
    emit(model_, Direction::from_agent, trace::Message{.text = frame.text});
  }

  // A frame of the model, and after it what the agent does about it.
  void receive(const RealtimeFrame& frame) {
    switch (frame.type) {
      case RealtimeType::session_created:
      case RealtimeType::session_updated:
        advance(kSessionGap);
        break;
      case RealtimeType::response_created:
        advance(kAnswerGap);
        break;
      default:
        advance(kFrameGap);
        break;
    }
    emit(model_, Direction::to_agent, trace::Message{.text = frame.text}, exchange_of(frame));
    switch (frame.type) {
      case RealtimeType::output_audio_delta:
        if (!frame.audio.empty()) {
          emit(agent_audio_, Direction::from_agent,
               trace::Audio{.samples = Bytes(whole_samples(frame.audio, overview_.agent_format))});
        }
        break;
      case RealtimeType::arguments_done:
        begin_call(frame);
        break;
      case RealtimeType::output_item_done:
        if (frame.item_type == "function_call") begin_call(frame);
        break;
      case RealtimeType::output_text_done:
        texts_[frame.response_id] += frame.transcript;
        break;
      case RealtimeType::response_done: {
        const auto text = texts_.find(frame.response_id);
        if (text != texts_.end() && !text->second.empty()) {
          emit(caller_, Direction::from_agent, trace::Text{.text = text->second});
        }
        break;
      }
      default:
        break;
    }
  }

  // Which response of the session a frame belongs to, from 1; 0 for none.
  std::uint32_t exchange_of(const RealtimeFrame& frame) {
    if (!frame.response_id.empty()) {
      const auto [response, is_new] =
          responses_.emplace(frame.response_id, static_cast<std::uint32_t>(responses_.size() + 1));
      if (frame.type == RealtimeType::output_item_added) items_[frame.item_id] = response->second;
      return response->second;
    }
    if (frame.type != RealtimeType::item_added && frame.type != RealtimeType::item_done) return 0;
    const auto item = items_.find(frame.item_id);
    return item == items_.end() ? 0 : item->second;
  }

  void begin_call(const RealtimeFrame& frame) {
    const auto function = overview_.function_of_call.find(frame.call_id);
    if (function == overview_.function_of_call.end()) return;
    if (calls_.count(frame.call_id) != 0) return;
    Tool& tool = tools_[function->second];
    calls_[frame.call_id] = {.channel = tool.channel, .exchange = ++tool.calls, .at = now_};
    emit(tool.channel, Direction::from_agent, trace::Request{.operation = function->second, .body = frame.arguments},
         tool.calls);
  }

  void answer_call(const RealtimeFrame& frame) {
    const auto call = calls_.find(frame.call_id);
    if (call == calls_.end() || call->second.is_answered) return;
    call->second.is_answered = true;
    if (!at_.has_value()) now_ = std::max(now_, call->second.at + kToolLatency);
    emit(call->second.channel, Direction::to_agent, trace::Response{.status = 200, .body = frame.output},
         call->second.exchange);
  }

  struct Tool {
    trace::ChannelId channel = 0;
    std::uint32_t calls = 0;
  };
  struct FunctionCall {
    trace::ChannelId channel = 0;
    std::uint32_t exchange = 0;
    VirtualTime at;
    bool is_answered = false;
  };

  const std::vector<CassetteEntry>& entries_;
  const CassetteOrigin origin_;
  const std::vector<Frame> frames_;  // one for each entry
  const Overview overview_;
  const std::vector<bool> is_typed_;
  trace::Trace trace_;
  trace::ChannelId caller_ = 0;
  trace::ChannelId caller_audio_ = 0;
  trace::ChannelId agent_audio_ = 0;
  trace::ChannelId model_ = 0;
  std::map<std::string, Tool> tools_;  // by function
  VirtualTime now_;
  std::optional<VirtualTime> at_;  // of the entry at hand, as recorded
  VirtualTime speech_until_;       // the end of the caller's sound so far
  std::map<std::string, std::uint32_t> responses_;
  std::map<std::string, std::uint32_t> items_;  // of a response: its number
  std::map<std::string, Bytes> texts_;          // written answers by response
  std::map<std::string, FunctionCall> calls_;   // by call id
};

}  // namespace

trace::Trace lay_out_realtime(const std::vector<CassetteEntry>& entries, const CassetteOrigin& origin) {
  return Layout(entries, origin).make();
}

trace::Trace lay_out_messages(const std::vector<CassetteEntry>& entries, std::string_view encoding) {
  trace::Trace trace;
  trace.metadata["origin"] = "realtime cassette";
  const trace::ChannelId model =
      trace.declare({.kind = trace::ChannelKind::model, .name = "model", .encoding = std::string(encoding)});
  trace.add(trace::make_event(
      {}, trace::RecordingFacts{.source = "realtime-cassette", .times = "synthetic", .audio = "none"}));
  VirtualTime now;
  trace.add(trace::make_event({.at = now, .channel = model, .direction = Direction::from_agent}, trace::Opened{}));
  for (const CassetteEntry& entry : entries) {
    if (entry.is_close || !entry.is_sent) now += kFrameGap;
    const Direction direction = entry.is_sent ? Direction::from_agent : Direction::to_agent;
    const trace::EventHead head{.at = now, .channel = model, .direction = direction};
    if (entry.is_close) {
      trace.add(trace::make_event(head, trace::Closed{.code = entry.close_code, .reason = entry.close_reason}));
    } else {
      trace.add(trace::make_event(head, trace::Message{.text = entry.json}));
    }
  }
  return trace;
}

}  // namespace ringback::formats
