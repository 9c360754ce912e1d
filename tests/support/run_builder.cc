#include "tests/support/run_builder.h"

#include <algorithm>

#include "src/audio/tone.h"
#include "src/trace/content_root.h"

namespace ringback::sim {
namespace {

using trace::Direction;
using trace::Origin;

constexpr audio::Format kTelephone{};

VirtualTime virtual_time(RunBuilder::Time at) { return VirtualTime() + milliseconds(at.count()); }
Duration duration(RunBuilder::Time length) { return milliseconds(length.count()); }

}  // namespace

RunBuilder::RunBuilder(Kind kind) {
  channels_.push_back({.id = 1, .kind = trace::ChannelKind::caller, .name = "caller"});
  if (kind == Kind::voice) {
    for (const char* name : {"caller.audio", "agent.audio"})
      channels_.push_back({.id = static_cast<trace::ChannelId>(channels_.size() + 1),
                           .kind = trace::ChannelKind::audio,
                           .name = name,
                           .encoding = "mulaw",
                           .rate = 8000});
  }
  channels_.push_back({.id = static_cast<trace::ChannelId>(channels_.size() + 1),
                       .kind = trace::ChannelKind::model,
                       .name = "model",
                       .encoding = "openai-realtime"});
  for (const trace::Channel& c : channels_) ids_[c.name] = c.id;
  add(Time(0), "caller", Direction::to_agent, trace::CallStarted{});
}

trace::ChannelId RunBuilder::channel(const std::string& name) {
  const auto known = ids_.find(name);
  if (known != ids_.end()) return known->second;
  const auto id = static_cast<trace::ChannelId>(channels_.size() + 1);
  channels_.push_back({.id = id, .kind = trace::ChannelKind::tool, .name = name});
  return ids_[name] = id;
}

template <class Body>
RunBuilder& RunBuilder::add(Time at, const std::string& name, Direction direction, const Body& body, Origin origin,
                            std::uint32_t exchange) {
  events_.push_back(trace::make_event({.at = virtual_time(at),
                                       .channel = channel(name),
                                       .direction = direction,
                                       .origin = origin,
                                       .exchange = exchange},
                                      body));
  return *this;
}

RunBuilder& RunBuilder::caller_speaks(Time at, Time length) {
  const Bytes frame = audio::tone(audio::kFrame, kTelephone);
  for (Time t = at; t < at + length; t += Time(20)) add(t, "caller.audio", Direction::to_agent, trace::Audio{frame});
  return *this;
}

RunBuilder& RunBuilder::caller_speaks_unheard(Time at, Time length, const std::string& fault_id) {
  const Bytes frame = audio::tone(audio::kFrame, kTelephone);
  const Bytes silence = audio::silence(frame.size(), kTelephone);
  for (Time t = at; t < at + length; t += Time(20)) {
    add(t, "caller.audio", Direction::to_agent,
        trace::FaultFired{.fault = fault_id,
                          .action = "silence",
                          .original_kind = static_cast<std::int64_t>(trace::EventKind::audio),
                          .original = trace::encode_body(trace::Audio{frame})});
    add(t, "caller.audio", Direction::to_agent, trace::Audio{silence}, Origin::world);
  }
  return *this;
}

RunBuilder& RunBuilder::caller_types(Time at, const std::string& text) {
  return add(at, "caller", Direction::to_agent, trace::Text{text});
}

RunBuilder& RunBuilder::agent_speaks(Time at, Time length) {
  return add(at, "agent.audio", Direction::from_agent, trace::Audio{audio::tone(duration(length), kTelephone)},
             Origin::agent);
}

RunBuilder& RunBuilder::agent_sends_silence(Time at, Time length) {
  const Bytes silence = audio::silence(audio::bytes_for(duration(length), kTelephone), kTelephone);
  return add(at, "agent.audio", Direction::from_agent, trace::Audio{silence}, Origin::agent);
}

RunBuilder& RunBuilder::agent_transcript(Time at, const std::string& text) {
  return add(at, "agent.audio", Direction::from_agent, trace::Text{text}, Origin::agent);
}

RunBuilder& RunBuilder::agent_types(Time at, const std::string& text) {
  return add(at, "caller", Direction::from_agent, trace::Text{text}, Origin::agent);
}

RunBuilder& RunBuilder::agent_clears(Time at) {
  return add(at, "caller", Direction::from_agent, trace::Clear{}, Origin::agent);
}

RunBuilder& RunBuilder::caller_presses(Time at, const std::string& digit) {
  return add(at, "caller", Direction::to_agent, trace::Dtmf{digit});
}

RunBuilder& RunBuilder::hang_up(Time at, const std::string& by, const std::string& reason) {
  result_.ended_by = reason.empty() ? by : reason;
  return add(at, "caller", by == "agent" ? Direction::from_agent : Direction::to_agent,
             trace::HungUp{.by = by, .reason = reason});
}

RunBuilder& RunBuilder::to_agent(Time at, const wire::RealtimeFrame& frame, Origin origin) {
  return add(at, "model", Direction::to_agent, trace::Message{frame.text}, origin);
}
RunBuilder& RunBuilder::from_agent(Time at, const wire::RealtimeFrame& frame) {
  return add(at, "model", Direction::from_agent, trace::Message{frame.text}, Origin::agent);
}
RunBuilder& RunBuilder::requested(Time at) { return from_agent(at, wire::response_create()); }
RunBuilder& RunBuilder::created(Time at, const std::string& id, Origin origin) {
  return to_agent(at, wire::response_created("e", id), origin);
}
RunBuilder& RunBuilder::token(Time at, const std::string& id, const std::string& text) {
  return to_agent(at, wire::audio_transcript_delta({.event_id = "e", .response_id = id, .item_id = "i"}, text));
}
RunBuilder& RunBuilder::sound(Time at, const std::string& id) {
  return to_agent(at, wire::output_audio_delta({.event_id = "e", .response_id = id, .item_id = "i"}, "\xFF\xFF"));
}
RunBuilder& RunBuilder::done(Time at, const std::string& id, const std::string& status, const std::string& reason) {
  return to_agent(at, wire::response_done("e", id, status, reason));
}
RunBuilder& RunBuilder::calls(Time at, const std::string& id, const std::string& call_id, const std::string& function) {
  const wire::RealtimePlace place{.event_id = "e", .response_id = id, .item_id = "i"};
  return to_agent(at, wire::function_call_arguments_done(place, call_id, function, "{}"));
}
RunBuilder& RunBuilder::output(Time at, const std::string& call_id, const std::string& text) {
  return from_agent(at, wire::create_function_output(call_id, text));
}
RunBuilder& RunBuilder::refused(Time at, const std::string& code) {
  return to_agent(at, wire::error_event("e", "invalid_request_error", code, "refused"));
}
RunBuilder& RunBuilder::model_closed(Time at, std::int64_t code) {
  return add(at, "model", Direction::to_agent, trace::Closed{.code = code}, Origin::world);
}

RunBuilder& RunBuilder::model_opens(Time at) {
  return add(at, "model", Direction::from_agent, trace::Opened{}, Origin::agent);
}
RunBuilder& RunBuilder::item_sound(Time at, const std::string& id, const std::string& item, Time length) {
  const Bytes samples(static_cast<std::size_t>(length.count()) * 48, '\x11');
  return to_agent(at, wire::output_audio_delta({.event_id = "e", .response_id = id, .item_id = item}, samples));
}
RunBuilder& RunBuilder::calls_with(Time at, const std::string& id, const std::string& call_id,
                                   const std::string& function, const std::string& arguments) {
  const wire::RealtimePlace place{.event_id = "e", .response_id = id, .item_id = "i"};
  return to_agent(at, wire::function_call_arguments_done(place, call_id, function, arguments));
}
RunBuilder& RunBuilder::usage(Time at, const std::string& id, int input_tokens, int output_tokens) {
  return to_agent(
      at, {.text = fmt::format(R"({{"type":"response.done","event_id":"e","response":{{"id":"{}","status":"completed",)"
                               R"("usage":{{"total_tokens":{},"input_tokens":{},"output_tokens":{}}}}}}})",
                               id, input_tokens + output_tokens, input_tokens, output_tokens)});
}

RunBuilder& RunBuilder::asks(Time at, const std::string& tool, const std::string& arguments,
                             const std::string& headers) {
  return add(at, "tool:" + tool, Direction::from_agent,
             trace::Request{.operation = tool, .body = arguments, .headers = headers}, Origin::agent,
             ++attempts_[tool]);
}
RunBuilder& RunBuilder::swallows(Time at, const std::string& tool, std::uint32_t attempt, const std::string& action) {
  return add(
      at, "tool:" + tool, Direction::from_agent,
      trace::FaultFired{
          .fault = "swallow", .action = action, .original_kind = static_cast<std::int64_t>(trace::EventKind::request)},
      Origin::agent, attempt);
}
RunBuilder& RunBuilder::answers(Time at, const std::string& tool, const RecordedAnswer& answer) {
  return add(at, "tool:" + tool, Direction::to_agent, trace::Response{.status = answer.status, .body = answer.body},
             answer.origin, answer.attempt);
}
RunBuilder& RunBuilder::breaks(Time at, const std::string& tool, std::uint32_t attempt, const std::string& reason) {
  return add(at, "tool:" + tool, Direction::to_agent, trace::Failed{reason}, Origin::world, attempt);
}
RunBuilder& RunBuilder::gives_up(Time at, const std::string& tool, std::uint32_t attempt) {
  return add(at, "tool:" + tool, Direction::from_agent, trace::Abandoned{"timeout"}, Origin::agent, attempt);
}

RunBuilder& RunBuilder::fault(Time at, const std::string& name, const std::string& id, const std::string& action,
                              const std::string& detail, std::uint32_t exchange) {
  return add(at, name, Direction::to_agent, trace::FaultFired{.fault = id, .action = action, .detail = detail},
             Origin::recorded, exchange);
}

RunBuilder& RunBuilder::diverges(Time at, const std::string& name, const std::string& expected,
                                 const std::string& actual) {
  result_.divergence = Divergence{
      .at = virtual_time(at), .channel = name, .what = "surplus request", .expected = expected, .actual = actual};
  return add(at, name, Direction::none,
             trace::Diverged{.what = "surplus request", .expected = expected, .actual = actual}, Origin::world);
}

RunBuilder& RunBuilder::facts(const std::string& times, const std::string& audio) {
  facts_ = {.source = "test", .times = times, .audio = audio};
  return *this;
}

RunResult RunBuilder::result() const {
  RunResult result = result_;
  for (const trace::Channel& channel : channels_) result.run.declare(channel);
  result.run.add(trace::make_event({}, facts_));
  std::vector<trace::Event> events = events_;
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  trace::ContentRoot root;
  for (trace::Event& event : events) result.run.add(std::move(event));
  for (const trace::Event& event : result.run.events) root.add(event);
  result.digest = root.finish();
  result.end = VirtualTime() + result.run.duration();
  return result;
}

}  // namespace ringback::sim
