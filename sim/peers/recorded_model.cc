#include "sim/peers/recorded_model.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "sim/peers/committed_sound.h"
#include "sim/peers/conversation_key.h"
#include "sim/peers/model_survey.h"
#include "sim/peers/model_walk.h"

namespace ringback::sim {
namespace {

using wire::RealtimeFrame;
using wire::RealtimeType;

class Reader {
 public:
  Reader(RecordedModel& model, ModelSurvey survey, VirtualTime opened_at)
      : model_(model), opened_at_(opened_at), utterances_(std::move(survey.utterances)) {
    model_.detector = survey.detector;
    model_.sessions.emplace_back();
    pair_turns(survey.onsets);
    const std::size_t turns = survey.onsets.size();
    if (model_.turns_by_content) return;
    model_.notices.push_back(fmt::format(
        "the recording has {} of voice activity, not all of which its audio shows: turns are placed by the number of "
        "appended audio frames",
        turns == 1 ? "1 turn" : fmt::format("{} turns", turns)));
  }

  void read(ModelWalk walk) {
    VirtualTime last = opened_at_;
    while (const ModelEvent* each = walk.next()) {
      last = each->at;
      if (each->what == ModelEvent::What::opened) {
        open_session(*each);
      } else if (each->what == ModelEvent::What::closed) {
        close_session(*each);
      } else if (each->from_agent) {
        read_client(*each);
      } else {
        read_server(*each);
      }
    }
    note_length(last);
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
    bool in_conversation = true;
  };
  // Requests of one kind in this session, and how many of them were acknowledged.
  struct Requests {
    std::vector<VirtualTime> at;
    std::size_t acknowledged = 0;
  };
  // What the reader keeps of one session.
  struct Session {
    Conversation conversation;
    ConversationKey key;
    CommittedSound sound;
    SessionSettings settings;
    std::uint64_t appends = 0;
    bool is_open = true;
    Requests updates, creates, truncates, deletes, retrieves, commits, clears;
    std::map<std::string, std::size_t> create_of_item;
    std::map<std::string, std::size_t> commit_of_item;
    std::optional<Request> turn_request;
    std::deque<Request> requests;
  };

  RecordedSession& recorded() { return model_.sessions.back(); }

  // The first opening is where the first session began; each later one begins another.
  void open_session(const ModelEvent& seen) {
    if (std::exchange(has_opened_, true)) {
      note_length(seen.at);
      model_.sessions.emplace_back();
      session_ = Session();
    }
    opened_at_ = seen.at;
  }

  void close_session(const ModelEvent& seen) {
    if (!seen.from_agent && session_.is_open) {
      recorded().ending = {
          .after = seen.at - opened_at_, .code = seen.closed.code, .reason = std::string(seen.closed.reason)};
    }
    note_length(seen.at);
    session_.is_open = false;
  }

  // A session that was longer shows that the limit is not the usual one.
  void note_length(VirtualTime until) {
    if (session_.is_open && !saw_expiry_ && until - opened_at_ > kSessionLengthMax) model_.session_length_max.reset();
  }

  // Gives each speech_started the utterance whose onset is nearest, in order; what is left over of the audio (a cough
  // that the server did not take for speech) belongs to no turn.
  void pair_turns(const std::vector<VirtualTime>& onsets) {
    constexpr Duration kApartMax = seconds(2);
    std::size_t next = 0;
    for (const VirtualTime started : onsets) {
      const auto apart = [&](std::size_t i) {
        const VirtualTime onset = utterances_[i].onset_decided;
        return onset > started ? onset - started : started - onset;
      };
      while (next + 1 < utterances_.size() && apart(next + 1) <= apart(next)) ++next;
      if (next >= utterances_.size() || apart(next) > kApartMax || !utterances_[next].end_decided.has_value()) {
        model_.turns_by_content = false;
        continue;
      }
      utterance_of_turn_.push_back(next++);
    }
  }

  static void file(const Cause& cause, const ModelEvent& seen) {
    const Duration after = std::max(Duration(), seen.at - cause.at);
    cause.script->push_back({.after = after, .event = seen.event, .type = seen.frame.type});
  }

  void read_client(const ModelEvent& seen) {
    switch (seen.frame.type) {
      case RealtimeType::session_update:
        apply_session(seen.frame.text, model_.settings);
        apply_session(seen.frame.text, session_.settings);
        if (model_.session.empty()) model_.session = session_object(seen.frame.text);
        if (last_output_.has_value() && !functions_[last_output_->call_id].empty()) {
          model_.hand_overs.push_back({.function = functions_[last_output_->call_id],
                                       .output = last_output_->output,
                                       .session = session_object(seen.frame.text)});
        }
        last_output_.reset();
        asked(seen, session_.updates, recorded().on_session_update);
        break;
      case RealtimeType::item_create:
        if (session_.conversation.refuse_create(seen.frame).has_value()) break;
        session_.conversation.accept(seen.frame);
        asked(seen, session_.creates, recorded().on_item_create);
        if (seen.frame.item_type == "function_call_output") {
          session_.key.add_output(seen.frame.call_id, seen.frame.output);
          last_output_ = seen.frame;
        } else {
          session_.key.add_text(seen.frame.role, seen.frame.transcript);
        }
        caller_acted_ = true;
        break;
      case RealtimeType::item_truncate:
        if (session_.conversation.refuse_truncate(seen.frame, model_.spoken_length).has_value()) break;
        asked(seen, session_.truncates, recorded().on_item_truncate);
        break;
      case RealtimeType::item_delete:
        if (const auto position = session_.conversation.position_of(seen.frame.item_id)) {
          session_.key.add_deletion(*position);
          asked(seen, session_.deletes, recorded().on_item_delete);
        }
        break;
      case RealtimeType::item_retrieve:
        if (session_.conversation.find(seen.frame.item_id) != nullptr)
          asked(seen, session_.retrieves, recorded().on_item_retrieve);
        break;
      case RealtimeType::input_audio_commit:
        commit(seen);
        break;
      case RealtimeType::input_audio_clear:
        session_.sound.clear();
        asked(seen, session_.clears, recorded().on_clear);
        break;
      case RealtimeType::response_create:
        ask_for_response(seen);
        last_output_.reset();
        break;
      case RealtimeType::response_cancel:
        cancel_causes_.push_back(seen.at);
        break;
      case RealtimeType::input_audio_append:
        ++session_.appends;
        if (!session_.settings.detects_turns) session_.sound.feed(seen.frame.audio, session_.settings.input);
        break;
      default:
        break;
    }
  }

  static void asked(const ModelEvent& seen, Requests& requests, std::vector<Script>& scripts) {
    requests.at.push_back(seen.at);
    scripts.emplace_back();
  }

  void commit(const ModelEvent& seen) {
    const bool is_known = model_.spoken_length == SpokenLength::known;
    if (is_known && !session_.settings.detects_turns && session_.sound.buffered() < kCommitMin) return;
    // Where sound is missing, commits are told apart by their number.
    session_.key.add_user_turn(is_known ? session_.sound.content()
                                        : content_of_turn_number(session_.commits.at.size()));
    session_.sound.clear();
    asked(seen, session_.commits, recorded().on_commit);
    caller_acted_ = true;
  }

  void ask_for_response(const ModelEvent& seen) {
    if (!caller_acted_ && model_.responses.empty() && session_.requests.empty()) model_.speaks_first = true;
    Request request{.at = seen.at, .key = session_.key.value(), .caused_by = "response.create"};
    if (const std::optional<Bytes> input = input_beside_conversation(seen.frame.text)) {
      request.key = session_.key.value_beside(*input);
      request.caused_by = "response.create beside the conversation";
      request.in_conversation = false;
    }
    session_.requests.push_back(std::move(request));
  }

  void read_server(const ModelEvent& seen) {
    const RealtimeFrame& frame = seen.frame;
    session_.conversation.note(frame, session_.settings.output);
    if (!frame.call_id.empty() && !frame.name.empty()) functions_[frame.call_id] = frame.name;
    switch (frame.type) {
      case RealtimeType::session_created:
        apply_session(frame.text, model_.settings);
        apply_session(frame.text, session_.settings);
        file({opened_at_, &recorded().on_connect}, seen);
        return;
      case RealtimeType::session_updated:
        file_ack(seen, session_.updates, recorded().on_session_update);
        return;
      case RealtimeType::item_truncated:
        file_ack(seen, session_.truncates, recorded().on_item_truncate);
        return;
      case RealtimeType::item_deleted:
        file_ack(seen, session_.deletes, recorded().on_item_delete);
        return;
      case RealtimeType::item_retrieved:
        file_ack(seen, session_.retrieves, recorded().on_item_retrieve);
        return;
      case RealtimeType::input_audio_cleared:
        file_ack(seen, session_.clears, recorded().on_clear);
        return;
      case RealtimeType::input_audio_committed:
        if (turn_of(frame.item_id).has_value() || session_.commits.acknowledged == session_.commits.at.size()) break;
        end_commit(seen);
        return;
      case RealtimeType::error:
        read_error(seen);
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
    if (const auto committed = session_.commit_of_item.find(frame.item_id);
        committed != session_.commit_of_item.end() && !frame.item_id.empty()) {
      file({session_.commits.at[committed->second], &recorded().on_commit[committed->second]}, seen);
      return;
    }
    if (frame.type == RealtimeType::item_added || frame.type == RealtimeType::item_done) {
      file_item_ack(seen);
      return;
    }
    file_elsewhere(seen);
  }

  void file_ack(const ModelEvent& seen, Requests& requests, std::vector<Script>& scripts) {
    if (requests.acknowledged >= requests.at.size()) {
      file_elsewhere(seen);
      return;
    }
    const std::size_t next = requests.acknowledged++;
    file({requests.at[next], &scripts[next]}, seen);
  }

  void end_commit(const ModelEvent& seen) {
    const std::size_t number = session_.commits.acknowledged;
    file_ack(seen, session_.commits, recorded().on_commit);
    session_.commit_of_item[seen.frame.item_id] = number;
  }

  // The peer makes its own refusals; what ended the session tells how long one may last.
  void read_error(const ModelEvent& seen) {
    if (seen.frame.code != "session_expired") {
      if (!is_refusal(seen.frame)) file_elsewhere(seen);
      return;
    }
    saw_expiry_ = true;
    model_.session_length_max = seen.at - opened_at_;
  }
  static bool is_refusal(const RealtimeFrame& frame) {
    constexpr std::string_view kCodes[] = {
        "conversation_already_has_active_response",
        "response_cancel_not_active",
        "input_audio_buffer_commit_empty",
        "item_truncate_invalid_item_id",
        "item_delete_invalid_item_id",
        "item_retrieve_invalid_item_id",
        "item_create_invalid_previous_item_id",
        "invalid_tool_call_id",
    };
    const bool is_truncation = frame.message.rfind("Audio content of ", 0) == 0 ||
                               frame.message.rfind("Only model output audio messages", 0) == 0;
    return is_truncation || std::find(std::begin(kCodes), std::end(kCodes), frame.code) != std::end(kCodes);
  }

  // An item's acknowledgement is its `added`, then its `done` (the beta's `created` maps to added).
  void file_item_ack(const ModelEvent& seen) {
    std::map<std::string, std::size_t>& creates = session_.create_of_item;
    if (!creates.contains(seen.frame.item_id)) {
      if (creates.size() >= session_.creates.at.size()) {
        file_elsewhere(seen);
        return;
      }
      const std::size_t next = creates.size();
      creates[seen.frame.item_id] = next;
    }
    const std::size_t create = creates[seen.frame.item_id];
    file({session_.creates.at[create], &recorded().on_item_create[create]}, seen);
  }

  void begin_turn(const ModelEvent& seen) {
    const std::size_t number = model_.turns.size();
    turn_by_item_[seen.frame.item_id] = number;
    RecordedTurn& turn = model_.turns.emplace_back();
    turn.appends_at_onset = session_.appends;
    turn.session = model_.sessions.size() - 1;
    turn.content = turn.onset_content = content_of_turn_number(number);
    turn_begins_.push_back(seen.at);
    turn_ends_.push_back(seen.at);
    if (model_.turns_by_content) {
      const HeardUtterance& utterance = utterances_[utterance_of_turn_[number]];
      turn.onset_content = utterance.onset_content;
      turn.content = utterance.content;
      turn.contour = utterance.contour;
      turn_begins_.back() = utterance.onset_decided;
      turn_ends_.back() = *utterance.end_decided;
    }
    file({turn_begins_.back(), &turn.on_onset}, seen);
    cancel_causes_.push_back(seen.at);
    caller_acted_ = true;
  }

  void end_turn(std::size_t number, const ModelEvent& seen) {
    RecordedTurn& turn = model_.turns[number];
    turn.appends_at_end = session_.appends;
    if (!model_.turns_by_content) turn_ends_[number] = seen.at;
    turn_has_ended_.insert({number, true});
    file({turn_ends_[number], &turn.on_end}, seen);
  }

  void file_in_turn(std::size_t number, const ModelEvent& seen) {
    RecordedTurn& turn = model_.turns[number];
    if (!turn_has_ended_.contains(number)) {
      file({turn_begins_[number], &turn.on_onset}, seen);
      return;
    }
    file({turn_ends_[number], &turn.on_end}, seen);
    if (seen.frame.type == RealtimeType::input_audio_committed) {
      session_.key.add_user_turn(turn.content);
      session_.turn_request = Request{
          .at = seen.at, .key = session_.key.value(), .caused_by = fmt::format("the caller's turn {}", number + 1)};
    }
  }

  void begin_response(const ModelEvent& seen) {
    Request request{.at = seen.at, .key = session_.key.value(), .caused_by = "the server"};
    if (!session_.requests.empty()) {
      request = session_.requests.front();
      session_.requests.pop_front();
    } else if (session_.turn_request.has_value()) {
      request = *session_.turn_request;
      session_.turn_request.reset();
    }
    const std::size_t index = model_.responses.size();
    response_by_id_[seen.frame.response_id] = index;
    model_.responses.push_back(
        {.number = static_cast<std::uint32_t>(index + 1), .key = request.key, .caused_by = request.caused_by});
    response_causes_.push_back(request.at);
    absolute_.push_back({seen.at});
    file({request.at, &model_.responses.back().frames}, seen);
    if (request.in_conversation) session_.key.add_response(fmt::format("recorded {}", index + 1));
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
  void file_elsewhere(const ModelEvent& seen) {
    if (!model_.responses.empty()) {
      file({response_causes_.back(), &model_.responses.back().frames}, seen);
      absolute_.back().push_back(seen.at);
    } else if (!session_.updates.at.empty()) {
      file({session_.updates.at.back(), &recorded().on_session_update.back()}, seen);
    } else {
      file({opened_at_, &recorded().on_connect}, seen);
    }
  }

  // Frames of a cancelled response from its cancelling cause on are the tail.
  void split_tail(RecordedResponse& response) {
    if (!response.is_cancelled) return;
    const std::vector<VirtualTime>& times = absolute_[response.number - 1];
    std::size_t done = 0;
    while (done < response.frames.size() && response.frames[done].type != RealtimeType::response_done) ++done;
    std::optional<VirtualTime> cause;
    for (const VirtualTime at : cancel_causes_) {
      if (at >= times.front() && done < times.size() && at <= times[done]) cause = at;
    }
    if (!cause.has_value()) return;
    response.cancelled_after = *cause - response_causes_[response.number - 1];
    std::size_t first = 0;
    while (first < times.size() && times[first] < *cause) ++first;
    for (std::size_t i = first; i < response.frames.size(); ++i) {
      response.cancel_tail.push_back(response.frames[i]);
      response.cancel_tail.back().after = times[i] - *cause;
    }
    response.frames.resize(first);
  }

  std::map<std::string, std::string> functions_;  // by call id
  std::optional<RealtimeFrame> last_output_;      // of a function, where the agent asked for nothing since
  RecordedModel& model_;
  VirtualTime opened_at_;
  std::vector<HeardUtterance> utterances_;
  std::vector<std::size_t> utterance_of_turn_;
  Session session_;
  bool has_opened_ = false;
  bool saw_expiry_ = false;
  bool caller_acted_ = false;

  std::vector<VirtualTime> turn_begins_;
  std::vector<VirtualTime> turn_ends_;
  std::map<std::size_t, bool> turn_has_ended_;
  std::map<std::string, std::size_t> turn_by_item_;

  std::vector<VirtualTime> response_causes_;
  std::vector<std::vector<VirtualTime>> absolute_;  // when each frame of each response was seen
  std::map<std::string, std::size_t> response_by_id_;
  std::map<std::string, std::size_t> response_by_item_;
  std::vector<VirtualTime> cancel_causes_;
};

}  // namespace

TimedFrame made_up_frame(Duration after, wire::RealtimeFrame frame) {
  const RealtimeType type = frame.type;
  return {.after = after, .type = type, .made_up = std::make_shared<const RealtimeFrame>(std::move(frame))};
}

RealtimeFrame FrameReader::read(const TimedFrame& timed) {
  if (timed.made_up != nullptr) return *timed.made_up;
  at_.seek(timed.event);
  return wire::parse_realtime(trace::body_field(at_->body, 1));
}

Hash128 content_of_turn_number(std::uint64_t number) { return hash128(fmt::format("turn number {}", number)); }

RecordedModel read_recorded_model(const trace::Trace& recording, const trace::Channel& channel) {
  RecordedModel model;
  model.channel = channel;
  model.session_length_max = kSessionLengthMax;
  model.spoken_length = recording.facts().audio == "" ? SpokenLength::known : SpokenLength::unknown;
  VirtualTime opened_at;
  for (const trace::Event& event : recording.events) {
    if (event.channel != channel.id) continue;
    opened_at = event.at;  // the connection's opening, or the first that is known of it
    break;
  }
  model.recording = &recording;
  ModelSurvey found = survey_model(recording, channel, model.spoken_length == SpokenLength::known);
  if (found.ran_backwards)
    model.notices.push_back("recorded times ran backwards; such events count as the latest so far");
  Reader(model, std::move(found), opened_at).read(ModelWalk(recording, channel));
  return model;
}

}  // namespace ringback::sim
