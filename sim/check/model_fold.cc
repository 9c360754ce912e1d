#include "sim/check/model_fold.h"

#include <algorithm>

#include "sim/check/usage.h"
#include "src/base/error.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {

using trace::Direction;
using trace::EventKind;
using wire::RealtimeFrame;
using wire::RealtimeType;

namespace {

// A stranger's number stays within a day.
constexpr std::int64_t kTruncateMsMax = 24 * 3'600'000;

}  // namespace

void ModelFold::observe(const trace::Event& event, EventIndex index, VirtualTime at) {
  const trace::Channel* channel = channels_.find(event.channel);
  if (channel == nullptr || channel->kind != trace::ChannelKind::model) return;
  Session& session = sessions_[event.channel];
  if (event.kind == EventKind::closed) {
    const bool by_agent = event.direction == Direction::from_agent;
    timeline_.disconnections.push_back({.channel = channel->name,
                                        .at = at,
                                        .event = index,
                                        .code = trace::body_of<trace::Closed>(event).code,
                                        .by_agent = by_agent});
    lose(session, at, by_agent);
  } else if (event.kind == EventKind::opened) {
    lose(session, at, false);  // a connection that nobody saw end
    begin_session(*channel, session, index, at);
  } else if (event.kind == EventKind::message) {
    try {
      wire::parse_realtime(trace::body_field(event.body, 1), frame_);
    } catch (const Error&) {
      return;
    }
    if (!session.session) begin_session(*channel, session, index, at);
    const Place place{.channel = *channel,
                      .session = session,
                      .index = index,
                      .at = at,
                      .origin = event.origin,
                      .exchange = event.exchange};
    event.direction == Direction::from_agent ? from_agent(frame_, place) : to_agent(frame_, place);
  }
}

void ModelFold::begin_session(const trace::Channel& channel, Session& session, EventIndex index, VirtualTime at) {
  session.session = timeline_.sessions.size();
  session.is_greeted = false;
  session.settings = {};
  said_.session_began(channel.name);
  timeline_.sessions.push_back({.channel = channel.name, .opened = at, .event = index});
}

void ModelFold::configure(const RealtimeFrame& frame, Session& session) {
  apply_session(frame.text, session.settings);
  for (const std::string& name : declared_functions(frame.text)) timeline_.tool_names.insert(name);
}

// What a session is told before its first response is what it knows of the conversation so far.
void ModelFold::tell(const RealtimeFrame& frame, const Place& place) {
  ModelSession& session = timeline_.sessions[*place.session.session];
  if (session.first_response) return;
  if (frame.type == RealtimeType::item_create) ++session.items_told;
  for (const Bytes* text : {&frame.transcript, &frame.arguments, &frame.output}) session.told += *text + "\n";
  if (frame.type == RealtimeType::session_update) session.told += frame.text + "\n";
}

void ModelFold::note_first_response(const Place& place) {
  ModelSession& session = timeline_.sessions[*place.session.session];
  if (!session.first_response) session.first_response = place.at;
}

void ModelFold::note_sound(const RealtimeFrame& frame, const Place& place) {
  const Duration length = audio::duration_of(frame.audio.size(), place.session.settings.output);
  timeline_.cost.audio_out += length;
  said_.received({.channel = place.channel.name, .item = frame.item_id, .at = place.at, .event = place.index}, length);
}

void ModelFold::from_agent(const RealtimeFrame& frame, const Place& place) {
  if (frame.type == RealtimeType::input_audio_append) {
    timeline_.cost.audio_in += audio::duration_of(frame.audio.size(), place.session.settings.input);
    return;
  }
  timeline_.acts.push_back(place.at);
  if (frame.type == RealtimeType::session_update) configure(frame, place.session);
  if (frame.type == RealtimeType::session_update || frame.type == RealtimeType::item_create) tell(frame, place);
  if (frame.type == RealtimeType::item_truncate) {
    said_.truncated({.channel = place.channel.name, .item = frame.item_id, .at = place.at, .event = place.index},
                    milliseconds(std::clamp<std::int64_t>(frame.audio_end_ms.value_or(0), 0, kTruncateMsMax)),
                    speech_.played(place.at));
  }
  if (frame.type == RealtimeType::response_create) {
    note_first_response(place);
    const std::size_t response = open_response(place);
    ModelResponse& opened = timeline_.responses[response];
    opened.requested = place.at;
    // A response beside the conversation is not what the caller waits for.
    opened.in_conversation = wire::canonical_json(frame.text).find(R"("conversation":"none")") == Bytes::npos;
    if (opened.in_conversation) facts_.add(FloorFacts::Kind::response_opened, place.at);
    place.session.requested.push_back(response);
  } else if (frame.type == RealtimeType::item_create && frame.item_type == "function_call_output") {
    const auto call = place.session.open_calls.find(frame.call_id);
    if (call == place.session.open_calls.end()) return;
    timeline_.calls[call->second].answered = place.at;
    timeline_.calls[call->second].answer_event = place.index;
    timeline_.calls[call->second].output = wire::canonical_json(frame.output);
    place.session.open_calls.erase(call);
    facts_.add(FloorFacts::Kind::call_closed, place.at);
  }
}

void ModelFold::to_agent(const RealtimeFrame& frame, const Place& place) {
  switch (frame.type) {
    case RealtimeType::session_created:
      // A connection that nobody saw opened.
      if (place.session.is_greeted) begin_session(place.channel, place.session, place.index, place.at);
      place.session.is_greeted = true;
      return configure(frame, place.session);
    case RealtimeType::session_updated:
      return configure(frame, place.session);
    case RealtimeType::speech_stopped:
    case RealtimeType::input_audio_committed:
      timeline_.turn_ends.push_back(place.at);
      return;
    case RealtimeType::response_created:
      note_first_response(place);
      return create_response(frame, place);
    case RealtimeType::response_done:
      return finish_response(frame, place);
    case RealtimeType::error:
      return refuse_response(frame, place);
    case RealtimeType::output_item_added:
      if (!frame.call_id.empty()) place.session.call_names[frame.call_id] = frame.name;
      return;
    case RealtimeType::arguments_done:
      return open_call(frame, place);
    case RealtimeType::output_item_done:
      if (frame.item_type == "function_call") open_call(frame, place);
      return;
    case RealtimeType::input_transcription_completed:
      return speech_.caller_transcript({.at = place.at, .text = frame.transcript, .event = place.index});
    case RealtimeType::audio_transcript_done:
      note_output(frame, place);
      said_.transcribed({.channel = place.channel.name, .item = frame.item_id, .at = place.at}, frame.transcript);
      return speech_.agent_transcript({.at = place.at, .text = frame.transcript, .event = place.index});
    case RealtimeType::output_audio_delta:
      note_output(frame, place);
      return note_sound(frame, place);
    default:
      if (wire::is_token(frame)) note_output(frame, place);
  }
}

std::size_t ModelFold::open_response(const Place& place) {
  timeline_.responses.push_back(
      {.channel = place.channel.name, .number = ++place.session.responses, .event = place.index});
  return timeline_.responses.size() - 1;
}

void ModelFold::create_response(const RealtimeFrame& frame, const Place& place) {
  Session& session = place.session;
  std::size_t response = 0;
  if (!session.requested.empty()) {
    response = session.requested.front();
    session.requested.erase(session.requested.begin());
  } else {
    response = open_response(place);
    facts_.add(FloorFacts::Kind::response_opened, place.at);
  }
  timeline_.responses[response].created = place.at;
  timeline_.responses[response].exchange = place.exchange;
  timeline_.responses[response].is_stand_in = place.origin == trace::Origin::stub;
  if (place.origin == trace::Origin::stub && !timeline_.stand_in_since) timeline_.stand_in_since = place.at;
  // One id twice: the older one will not be heard of again.
  if (const auto older = session.open.find(frame.response_id); older != session.open.end())
    close_response(older->second, place.at, "lost", "");
  session.open[frame.response_id] = response;
}

void ModelFold::close_response(std::size_t response, VirtualTime at, std::string status, std::string detail) {
  ModelResponse& closed = timeline_.responses[response];
  closed.done = at;
  closed.status = std::move(status);
  closed.detail = std::move(detail);
  if (closed.in_conversation) facts_.add(FloorFacts::Kind::response_closed, at);
}

void ModelFold::finish_response(const RealtimeFrame& frame, const Place& place) {
  Session& session = place.session;
  auto open = session.open.find(frame.response_id);
  if (open == session.open.end() && session.open.size() == 1) open = session.open.begin();
  if (open != session.open.end()) {
    if (const std::optional<wire::CompletionUsage> usage = usage_in(frame.text))
      note_usage(*usage, timeline_.responses[open->second], timeline_.cost);
    close_response(open->second, place.at, frame.status, frame.code.empty() ? frame.reason : frame.code);
    session.open.erase(open);
  } else if (!session.requested.empty()) {
    // Done without ever having been created: a fault took the beginning.
    close_response(session.requested.front(), place.at, frame.status, frame.code);
    session.requested.erase(session.requested.begin());
  }
}

void ModelFold::refuse_response(const RealtimeFrame& frame, const Place& place) {
  std::vector<std::size_t>& requested = place.session.requested;
  if (requested.empty() || frame.code == "response_cancel_not_active") return;
  close_response(requested.back(), place.at, "refused", frame.code.empty() ? frame.message : frame.code);
  requested.pop_back();
}

void ModelFold::note_output(const RealtimeFrame& frame, const Place& place) {
  auto open = place.session.open.find(frame.response_id);
  if (open == place.session.open.end() && place.session.open.size() == 1) open = place.session.open.begin();
  if (open == place.session.open.end()) return;
  ModelResponse& response = timeline_.responses[open->second];
  const bool is_token = wire::is_token(frame) || frame.type == RealtimeType::arguments_done;
  if (is_token && !response.first_token) response.first_token = place.at;
  if (frame.type == RealtimeType::output_audio_delta && !response.first_audio) response.first_audio = place.at;
}

void ModelFold::open_call(const RealtimeFrame& frame, const Place& place) {
  const auto known = place.session.known_calls.find(frame.call_id);
  const bool is_known = known != place.session.known_calls.end() && !timeline_.calls[known->second].was_lost;
  if (is_known) return;  // arguments done and item done tell of the same call
  note_output(frame, place);
  const auto name = place.session.call_names.find(frame.call_id);
  timeline_.calls.push_back(
      {.channel = place.channel.name,
       .name = frame.name.empty() && name != place.session.call_names.end() ? name->second : frame.name,
       .call_id = frame.call_id,
       .arguments = wire::canonical_json(frame.arguments),
       .opened = place.at,
       .event = place.index});
  place.session.known_calls[frame.call_id] = timeline_.calls.size() - 1;
  if (!timeline_.calls.back().name.empty()) timeline_.tool_names.insert(timeline_.calls.back().name);
  place.session.open_calls[frame.call_id] = timeline_.calls.size() - 1;
  facts_.add(FloorFacts::Kind::call_opened, place.at);
}

void ModelFold::lose(Session& session, VirtualTime at, bool by_agent) {
  if (session.requested.empty() && session.open.empty() && session.open_calls.empty()) return;
  // The floor drops what is pending by itself.
  const auto lose_response = [&](std::size_t response) {
    timeline_.responses[response].done = at;
    timeline_.responses[response].status = "lost";
  };
  for (const std::size_t response : session.requested) lose_response(response);
  for (const auto& [id, response] : session.open) lose_response(response);
  for (const auto& [id, call] : session.open_calls) timeline_.calls[call].was_lost = !by_agent;
  session.requested.clear();
  session.open.clear();
  session.open_calls.clear();
  facts_.add(FloorFacts::Kind::connection_lost, at);
}

}  // namespace ringback::sim
