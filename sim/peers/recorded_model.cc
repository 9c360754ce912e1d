#include "sim/peers/recorded_model.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

#include "sim/peers/conversation_key.h"
#include "src/audio/speech_detector.h"

namespace ringback::sim {
namespace {

using wire::RealtimeFrame;
using wire::RealtimeType;

struct Seen {
  VirtualTime at;
  bool from_agent = false;
  RealtimeFrame frame;
};

// The recording's frames on this channel, with times that never run backwards.
std::vector<Seen> frames_of(const trace::Trace& recording, const trace::Channel& channel, RecordedModel& model) {
  std::vector<Seen> seen;
  VirtualTime latest;
  bool ran_backwards = false;
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    const trace::Event& event = recording.events[i];
    ran_backwards = ran_backwards || event.at < latest;
    latest = std::max(latest, event.at);
    if (event.channel != channel.id || event.kind != trace::EventKind::message) continue;
    try {
      seen.push_back({.at = latest,
                      .from_agent = event.direction == trace::Direction::from_agent,
                      .frame = wire::parse_realtime(trace::body_field(event.body, 1))});
    } catch (const Error& error) {
      fail("event {} on channel '{}': {}", i + 1, channel.name, error.what());
    }
  }
  if (ran_backwards) model.notices.push_back("recorded times ran backwards; such events count as the latest so far");
  return seen;
}

struct Utterance {
  VirtualTime onset_decided;
  Hash128 onset_content;
  std::optional<VirtualTime> end_decided;
  Hash128 content;
};

// What our detector makes of the audio that the recorded agent appended.
std::vector<Utterance> detect(const std::vector<Seen>& seen) {
  SessionSettings settings;
  std::optional<audio::SpeechDetector> detector;
  std::vector<Utterance> utterances;
  std::vector<audio::SpeechDetector::Edge> edges;
  for (const Seen& each : seen) {
    if (each.frame.type == RealtimeType::session_update || each.frame.type == RealtimeType::session_created) {
      apply_session(each.frame.text, settings);
    }
    if (!each.from_agent || each.frame.type != RealtimeType::input_audio_append) continue;
    if (!detector.has_value()) detector.emplace(settings.input);
    edges.clear();
    detector->feed(each.frame.audio, edges);
    for (const audio::SpeechDetector::Edge& edge : edges) {
      if (edge.speech) {
        utterances.push_back({.onset_decided = each.at, .onset_content = edge.content});
      } else {
        utterances.back().end_decided = each.at;
        utterances.back().content = edge.content;
      }
    }
  }
  return utterances;
}

class Reader {
 public:
  Reader(RecordedModel& model, const std::vector<Seen>& seen, VirtualTime opened_at)
      : model_(model), seen_(seen), opened_at_(opened_at), utterances_(detect(seen)) {
    const std::size_t turns = pair_turns();
    if (model_.turns_by_content) return;
    model_.notices.push_back(fmt::format(
        "the recording has {} of voice activity, not all of which its audio shows: turns are placed by the number of "
        "appended audio frames",
        turns == 1 ? "1 turn" : fmt::format("{} turns", turns)));
  }

  void read() {
    for (const Seen& each : seen_) {
      if (each.from_agent) {
        read_client(each);
      } else {
        read_server(each);
      }
    }
    for (RecordedResponse& response : model_.responses) split_tail(response);
  }

 private:
  // A cause and where the frames that it has go.
  struct Cause {
    VirtualTime at;
    Script* script = nullptr;
  };
  struct Request {
    VirtualTime at;
    Hash128 key;
    std::string caused_by;
  };

  // Gives each speech_started the utterance whose onset is nearest, in order; what is left over of the audio (a cough
  // that the server did not take for speech) belongs to no turn. Returns the number of turns.
  std::size_t pair_turns() {
    constexpr Duration kApartMax = seconds(2);
    std::size_t turns = 0;
    std::size_t next = 0;
    for (const Seen& seen : seen_) {
      if (seen.frame.type != RealtimeType::speech_started) continue;
      ++turns;
      const auto apart = [&](std::size_t i) {
        const VirtualTime onset = utterances_[i].onset_decided;
        return onset > seen.at ? onset - seen.at : seen.at - onset;
      };
      while (next + 1 < utterances_.size() && apart(next + 1) <= apart(next)) ++next;
      if (next >= utterances_.size() || apart(next) > kApartMax || !utterances_[next].end_decided.has_value()) {
        model_.turns_by_content = false;
        continue;
      }
      utterance_of_turn_.push_back(next++);
    }
    return turns;
  }

  static void file(const Cause& cause, const Seen& seen) {
    const Duration after = std::max(Duration(), seen.at - cause.at);
    cause.script->push_back({.after = after, .frame = seen.frame});
  }

  void read_client(const Seen& seen) {
    switch (seen.frame.type) {
      case RealtimeType::session_update:
        apply_session(seen.frame.text, model_.settings);
        if (updates_.empty()) model_.session = session_object(seen.frame.text);
        updates_.push_back(seen.at);
        model_.on_session_update.emplace_back();
        break;
      case RealtimeType::item_create:
        creates_.push_back(seen.at);
        model_.on_item_create.emplace_back();
        if (seen.frame.item_type == "function_call_output") {
          key_.add_output(seen.frame.call_id, seen.frame.output);
        } else {
          key_.add_text(seen.frame.role, seen.frame.transcript);
        }
        caller_acted_ = true;
        break;
      case RealtimeType::item_truncate:
        truncates_.push_back(seen.at);
        model_.on_truncate.emplace_back();
        break;
      case RealtimeType::response_create:
        if (!caller_acted_ && model_.responses.empty() && requests_.empty()) model_.speaks_first = true;
        requests_.push_back({.at = seen.at, .key = key_.value(), .caused_by = "response.create"});
        break;
      case RealtimeType::response_cancel:
        cancel_causes_.push_back(seen.at);
        break;
      case RealtimeType::input_audio_append:
        ++appends_;
        break;
      default:
        break;
    }
  }

  void read_server(const Seen& seen) {
    const RealtimeFrame& frame = seen.frame;
    switch (frame.type) {
      case RealtimeType::session_created:
        apply_session(frame.text, model_.settings);
        file({opened_at_, &model_.on_connect}, seen);
        return;
      case RealtimeType::session_updated:
        file_ack(seen, updates_, model_.on_session_update, next_update_);
        return;
      case RealtimeType::item_truncated:
        file_ack(seen, truncates_, model_.on_truncate, next_truncate_);
        return;
      case RealtimeType::speech_started:
        begin_turn(seen);
        return;
      case RealtimeType::speech_stopped:
        if (!turn_of(frame.item_id).has_value()) break;
        end_turn(*turn_of(frame.item_id), seen);
        return;
      case RealtimeType::response_created:
        begin_response(seen);
        return;
      default:
        break;
    }
    if (const std::optional<std::size_t> response = response_of(frame)) {
      file({response_causes_[*response], &model_.responses[*response].frames}, seen);
      absolute_[*response].push_back(seen.at);
      if (frame.type == RealtimeType::response_done)
        model_.responses[*response].is_cancelled = frame.status == "cancelled";
      return;
    }
    if (const std::optional<std::size_t> turn = turn_of(frame.item_id)) {
      file_in_turn(*turn, seen);
      return;
    }
    if (frame.type == RealtimeType::item_added || frame.type == RealtimeType::item_done) {
      file_item_ack(seen);
      return;
    }
    file_elsewhere(seen);
  }

  void file_ack(const Seen& seen, const std::vector<VirtualTime>& causes, std::vector<Script>& scripts,
                std::size_t& next) {
    if (next >= causes.size()) {
      file_elsewhere(seen);
      return;
    }
    file({causes[next], &scripts[next]}, seen);
    ++next;
  }

  // An item's acknowledgement is its `added`, then its `done` (the beta's `created` maps to added).
  void file_item_ack(const Seen& seen) {
    const auto known = item_of_create_.find(seen.frame.item_id);
    std::size_t create = 0;
    if (known != item_of_create_.end()) {
      create = known->second;
    } else {
      create = item_of_create_.size();
      if (create >= creates_.size()) {
        file_elsewhere(seen);
        return;
      }
      item_of_create_[seen.frame.item_id] = create;
    }
    file({creates_[create], &model_.on_item_create[create]}, seen);
  }

  void begin_turn(const Seen& seen) {
    const std::size_t number = model_.turns.size();
    turn_by_item_[seen.frame.item_id] = number;
    RecordedTurn& turn = model_.turns.emplace_back();
    turn.appends_at_onset = appends_;
    turn.content = turn.onset_content = content_of_turn_number(number);
    turn_begins_.push_back(seen.at);
    turn_ends_.push_back(seen.at);
    if (model_.turns_by_content) {
      const Utterance& utterance = utterances_[utterance_of_turn_[number]];
      turn.onset_content = utterance.onset_content;
      turn.content = utterance.content;
      turn_begins_.back() = utterance.onset_decided;
      turn_ends_.back() = *utterance.end_decided;
    }
    file({turn_begins_.back(), &turn.on_onset}, seen);
    cancel_causes_.push_back(seen.at);
    caller_acted_ = true;
  }

  void end_turn(std::size_t number, const Seen& seen) {
    RecordedTurn& turn = model_.turns[number];
    turn.appends_at_end = appends_;
    if (!model_.turns_by_content) turn_ends_[number] = seen.at;
    turn_has_ended_.insert({number, true});
    file({turn_ends_[number], &turn.on_end}, seen);
  }

  void file_in_turn(std::size_t number, const Seen& seen) {
    RecordedTurn& turn = model_.turns[number];
    if (!turn_has_ended_.contains(number)) {
      file({turn_begins_[number], &turn.on_onset}, seen);
      return;
    }
    file({turn_ends_[number], &turn.on_end}, seen);
    if (seen.frame.type == RealtimeType::input_audio_committed) {
      key_.add_user_turn(turn.content);
      turn_request_ =
          Request{.at = seen.at, .key = key_.value(), .caused_by = fmt::format("the caller's turn {}", number + 1)};
    }
  }

  void begin_response(const Seen& seen) {
    Request request{.at = seen.at, .key = key_.value(), .caused_by = "the server"};
    if (!requests_.empty()) {
      request = requests_.front();
      requests_.pop_front();
    } else if (turn_request_.has_value()) {
      request = *turn_request_;
      turn_request_.reset();
    }
    const std::size_t index = model_.responses.size();
    response_by_id_[seen.frame.response_id] = index;
    model_.responses.push_back(
        {.number = static_cast<std::uint32_t>(index + 1), .key = request.key, .caused_by = request.caused_by});
    response_causes_.push_back(request.at);
    absolute_.push_back({seen.at});
    file({request.at, &model_.responses.back().frames}, seen);
    key_.add_response(fmt::format("recorded {}", index + 1));
  }

  std::optional<std::size_t> turn_of(const std::string& item_id) const {
    const auto found = turn_by_item_.find(item_id);
    return item_id.empty() || found == turn_by_item_.end() ? std::nullopt : std::optional(found->second);
  }

  // By response id; by the item of one of its outputs; the rate limits go with the last response.
  std::optional<std::size_t> response_of(const RealtimeFrame& frame) {
    if (const auto found = response_by_id_.find(frame.response_id);
        !frame.response_id.empty() && found != response_by_id_.end()) {
      if (!frame.item_id.empty()) response_by_item_[frame.item_id] = found->second;
      return found->second;
    }
    if (const auto found = response_by_item_.find(frame.item_id);
        !frame.item_id.empty() && found != response_by_item_.end()) {
      return found->second;
    }
    if (frame.type == RealtimeType::rate_limits_updated && !model_.responses.empty())
      return model_.responses.size() - 1;
    return std::nullopt;
  }

  // What has no cause of its own comes with whatever was last.
  void file_elsewhere(const Seen& seen) {
    if (!model_.responses.empty()) {
      file({response_causes_.back(), &model_.responses.back().frames}, seen);
      absolute_.back().push_back(seen.at);
    } else if (!updates_.empty()) {
      file({updates_.back(), &model_.on_session_update.back()}, seen);
    } else {
      file({opened_at_, &model_.on_connect}, seen);
    }
  }

  // Frames of a cancelled response from its cancelling cause on are the tail.
  void split_tail(RecordedResponse& response) {
    if (!response.is_cancelled) return;
    const std::vector<VirtualTime>& times = absolute_[response.number - 1];
    std::size_t done = 0;
    while (done < response.frames.size() && response.frames[done].frame.type != RealtimeType::response_done) ++done;
    std::optional<VirtualTime> cause;
    for (const VirtualTime at : cancel_causes_) {
      if (at >= times.front() && done < times.size() && at <= times[done]) cause = at;
    }
    if (!cause.has_value()) return;
    response.cancelled_after = *cause - response_causes_[response.number - 1];
    std::size_t first = 0;
    while (first < times.size() && times[first] < *cause) ++first;
    for (std::size_t i = first; i < response.frames.size(); ++i) {
      response.cancel_tail.push_back({.after = times[i] - *cause, .frame = std::move(response.frames[i].frame)});
    }
    response.frames.resize(first);
  }

  RecordedModel& model_;
  const std::vector<Seen>& seen_;
  VirtualTime opened_at_;
  std::vector<Utterance> utterances_;
  std::vector<std::size_t> utterance_of_turn_;
  ConversationKey key_;
  bool caller_acted_ = false;
  std::uint64_t appends_ = 0;

  std::vector<VirtualTime> updates_;
  std::vector<VirtualTime> creates_;
  std::vector<VirtualTime> truncates_;
  std::size_t next_update_ = 0;
  std::size_t next_truncate_ = 0;
  std::map<std::string, std::size_t> item_of_create_;

  std::vector<VirtualTime> turn_begins_;
  std::vector<VirtualTime> turn_ends_;
  std::map<std::size_t, bool> turn_has_ended_;
  std::map<std::string, std::size_t> turn_by_item_;
  std::optional<Request> turn_request_;

  std::deque<Request> requests_;
  std::vector<VirtualTime> response_causes_;
  std::vector<std::vector<VirtualTime>> absolute_;  // when each frame of each response was seen
  std::map<std::string, std::size_t> response_by_id_;
  std::map<std::string, std::size_t> response_by_item_;
  std::vector<VirtualTime> cancel_causes_;
};

}  // namespace

Hash128 content_of_turn_number(std::uint64_t number) { return hash128(fmt::format("turn number {}", number)); }

RecordedModel read_recorded_model(const trace::Trace& recording, const trace::Channel& channel) {
  RecordedModel model;
  model.channel = channel;
  VirtualTime opened_at;
  for (const trace::Event& event : recording.events) {
    if (event.channel != channel.id) continue;
    opened_at = event.at;  // the connection's opening, or the first that is known of it
    break;
  }
  const std::vector<Seen> seen = frames_of(recording, channel, model);
  Reader(model, seen, opened_at).read();
  return model;
}

}  // namespace ringback::sim
