#include "src/formats/whisker.h"

#include <map>
#include <set>

#include "src/base/error.h"
#include "src/formats/document.h"
#include "src/formats/http_cassette.h"
#include "src/formats/line_time.h"
#include "src/formats/msgpack.h"
#include "src/formats/timed_trace.h"

namespace ringback::formats {
namespace {

using trace::Direction;

// "TranscriptionFrame" of "TranscriptionFrame#3".
std::string_view class_of(std::string_view frame_name) { return frame_name.substr(0, frame_name.find('#')); }

class Capture {
 public:
  Capture() : caller_(timed_.declare({.kind = trace::ChannelKind::caller, .name = "caller"})) {}

  void add(const Node& record) {
    const Bytes& type = record.text_at("type");
    if (const std::optional<std::int64_t> ns = line_time_ns(record)) now_ = clock_.at(*ns);
    if (!type.starts_with("frame")) return keep(channel("whisker"), record);
    const Bytes worker = record.text_or("worker_id");
    keep(channel(worker.empty() ? "pipeline" : "pipeline:" + worker), record);
    add_frame(record);
  }

  trace::Trace finish(std::string_view name) && {
    timed_.facts().wall_start_ns = clock_.wall_start_ns();
    if (has_calls_) timed_.facts().tools = "derived";
    return std::move(timed_).finish(name);
  }

 private:
  struct Call {
    trace::ChannelId channel = 0;
    std::uint32_t exchange = 0;
    bool is_answered = false;
  };

  trace::ChannelId channel(const std::string& name) {
    return timed_.declare({.kind = trace::ChannelKind::process,
                           .name = name.substr(0, trace::kChannelNameBytesMax),
                           .encoding = "pipecat-whisker"});
  }

  void keep(trace::ChannelId channel, const Node& record) {
    timed_.add(now_, channel, Direction::none, trace::Message{.text = timed_.redactor().text(record.json())});
  }

  void say(Direction direction, BytesView text) {
    if (!text.empty()) timed_.add(now_, caller_, direction, trace::Text{.text = timed_.redactor().text(text)});
  }

  // A frame passes many processors; it counts when it is seen first. Answers are joined where they are made.
  void add_frame(const Node& record) {
    const Bytes& name = record.text_at("name");
    const Node* payload = record.find("payload");
    if (payload == nullptr || !payload->is_map()) return;
    const std::string_view frame = class_of(name);
    if (frame == "LLMTextFrame" || frame.starts_with("LLMFullResponse")) return add_answer(record, frame, *payload);
    const bool is_derived = frame == "TranscriptionFrame" || frame == "TTSSpeakFrame" || frame == "StartFrame" ||
                            frame == "FunctionCallInProgressFrame" || frame == "FunctionCallResultFrame";
    if (!is_derived || !seen_.insert(record.text_or("worker_id") + ' ' + name).second) return;
    if (frame == "StartFrame") {
      if (!has_started_) timed_.add(now_, caller_, Direction::to_agent, trace::CallStarted{});
      has_started_ = true;
    } else if (frame == "TranscriptionFrame") {
      say(Direction::to_agent, payload->text_or("text"));
    } else if (frame == "TTSSpeakFrame") {
      say(Direction::from_agent, payload->text_or("text"));
    } else {
      add_call(frame, *payload);
    }
  }

  // Only what the processor that makes the answer sends on: the first that sends its start.
  void add_answer(const Node& record, std::string_view frame, const Node& payload) {
    const Bytes& action = record.text_at(record.find("action") != nullptr ? "action" : "event");
    if (action != "push") return;
    const Bytes worker = record.text_or("worker_id");
    const Bytes& processor = record.text_at("from");
    const auto open = answers_.find(worker);
    if (frame == "LLMFullResponseStartFrame") {
      if (open == answers_.end()) answers_[worker] = {.processor = processor, .text = {}};
    } else if (open != answers_.end() && open->second.processor == processor) {
      if (frame == "LLMTextFrame") {
        open->second.text += payload.text_or("text");
      } else {
        say(Direction::from_agent, open->second.text);
        answers_.erase(open);
      }
    }
  }

  void add_call(std::string_view frame, const Node& payload) {
    const Bytes& function = payload.text_at("function_name");
    const Bytes id = payload.text_or("tool_call_id");
    const auto known = calls_.find(id);
    if (frame == "FunctionCallInProgressFrame") {
      if (known != calls_.end()) return;
      Call call{.channel = timed_.tool(function)};
      call.exchange = timed_.next_exchange(call.channel);
      has_calls_ = true;
      calls_[id] = call;
      return timed_.add(now_, call.channel, Direction::from_agent,
                        trace::Request{.operation = function, .body = body_of(payload.find("arguments"))},
                        call.exchange);
    }
    if (known == calls_.end() || known->second.is_answered) return;
    known->second.is_answered = true;
    timed_.add(now_, known->second.channel, Direction::to_agent,
               trace::Response{.status = 200, .body = body_of(payload.find("result"))}, known->second.exchange);
  }

  // A text is the body itself, anything else is its JSON.
  Bytes body_of(const Node* value) {
    if (value == nullptr) return {};
    return timed_.redactor().text(value->is_text() ? value->text() : value->json());
  }

  struct Answer {
    Bytes processor;
    Bytes text;
  };

  TimedTrace timed_{trace::RecordingFacts{.source = "whisker", .audio = "none"}};
  trace::ChannelId caller_;
  LineClock clock_;
  VirtualTime now_;
  std::set<Bytes> seen_;             // worker and frame
  std::map<Bytes, Answer> answers_;  // that are open, by worker
  std::map<Bytes, Call> calls_;      // by call id
  bool has_calls_ = false;
  bool has_started_ = false;
};

// A map whose first key is "type".
bool is_record(BytesView head) {
  if (head.empty()) return false;
  const auto first = static_cast<unsigned char>(head[0]);
  const bool is_small = first > 0x80 && first < 0x90;
  return (is_small || first == 0xde) && head.substr(is_small ? 1 : 3).starts_with("\xa4type\xa8");
}

bool is_whisker(BytesView head, std::string_view filename) {
  const bool has_kind =
      head.substr(0, 16).find("snapshot") != BytesView::npos || head.substr(0, 16).find("pipeline") != BytesView::npos;
  return filename.ends_with(".whisk") || (is_record(head) && has_kind);
}

// Back to the last whole record.
std::vector<Cut> cut_records(BytesView data) {
  std::size_t whole = 0;
  try {
    for (std::size_t at = 0; at < data.size(); whole = at) at = read_msgpack("", data, at).end;
    return {};
  } catch (const Error&) {
    return {{.length = whole, .closing = {}, .from = fmt::format("byte {}", whole)}};
  }
}

}  // namespace

trace::Trace import_whisker(std::string_view name, BytesView data) {
  Capture capture;
  std::size_t count = 0;
  for (std::size_t at = 0; at < data.size();) {
    const std::string place = fmt::format("{}: byte {}", name, at);
    if (++count > kWhiskerRecordsMax) fail("{}: expected at most {} records, found more", place, kWhiskerRecordsMax);
    const MsgpackValue record = read_msgpack(name, data, at);
    if (!record.json.starts_with('{')) fail("{}: expected a record with a \"type\", found another value", place);
    const Document document = parse_json_document(place, record.json);
    capture.add(document.root());
    at = record.end;
  }
  return std::move(capture).finish(fmt::format("{}: byte {}", name, data.size()));
}

Importer whisker_importer() {
  return with_cuts(
      single_file_importer("whisker", "a capture of Pipecat's debugger Whisker (.whisk)", is_whisker, import_whisker),
      cut_records);
}

}  // namespace ringback::formats
