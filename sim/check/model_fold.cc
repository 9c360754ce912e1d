#include "sim/check/model_fold.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/wire/canonical_json.h"

namespace ringback::sim {

using trace::Direction;
using trace::EventKind;
using wire::RealtimeFrame;
using wire::RealtimeType;

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
  } else if (event.kind == EventKind::message) {
    RealtimeFrame frame;
    try {
      frame = wire::parse_realtime(trace::body_field(event.body, 1));
    } catch (const Error&) {
      return;
    }
    const Place place{.channel = *channel, .session = session, .index = index, .at = at, .origin = event.origin};
    event.direction == Direction::from_agent ? from_agent(frame, place) : to_agent(frame, place);
  }
}

void ModelFold::from_agent(const RealtimeFrame& frame, const Place& place) {
  if (frame.type == RealtimeType::response_create) {
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
    place.session.open_calls.erase(call);
    facts_.add(FloorFacts::Kind::call_closed, place.at);
  }
}

void ModelFold::to_agent(const RealtimeFrame& frame, const Place& place) {
  if (place.origin == trace::Origin::stub && !timeline_.stand_in_since) timeline_.stand_in_since = place.at;
  switch (frame.type) {
    case RealtimeType::response_created:
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
      return speech_.caller_transcript(place.at, frame.transcript);
    case RealtimeType::audio_transcript_done:
      note_output(frame, place);
      return speech_.agent_transcript(place.at, frame.transcript);
    default:
      if (wire::is_token(frame) || frame.type == RealtimeType::output_audio_delta) note_output(frame, place);
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
  timeline_.responses[response].is_stand_in = place.origin == trace::Origin::stub;
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
  const bool is_known = std::any_of(timeline_.calls.begin(), timeline_.calls.end(), [&](const FunctionCall& call) {
    return call.channel == place.channel.name && call.call_id == frame.call_id && !call.was_lost;
  });
  if (is_known) return;  // arguments done and item done tell of the same call
  note_output(frame, place);
  const auto name = place.session.call_names.find(frame.call_id);
  timeline_.calls.push_back(
      {.channel = place.channel.name,
       .name = frame.name.empty() && name != place.session.call_names.end() ? name->second : frame.name,
       .call_id = frame.call_id,
       .opened = place.at,
       .event = place.index});
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
