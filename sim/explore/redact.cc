#include "sim/explore/redact.h"

#include <map>

#include <boost/json.hpp>

#include "sim/explore/redact_text.h"
#include "sim/explore/simplify.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

namespace json = boost::json;
using trace::Event;
using trace::EventKind;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

std::string text_member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(json::string_view(key.data(), key.size()));
  return value != nullptr && value->is_string() ? std::string(view(value->get_string())) : std::string();
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The texts of one channel of model frames. What a member is depends on its key, on the frame's type and on who speaks.
class Frames {
 public:
  Frames(const std::set<Content>& removed, std::uint64_t& texts) : removed_(removed), texts_(texts) {}

  // The frame's text with its contents redacted; nothing where it is no JSON object.
  std::optional<Bytes> redacted_frame(BytesView text, std::uint32_t exchange) {
    json::error_code error;
    json::value frame = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || !frame.is_object()) return std::nullopt;
    const std::uint64_t before = texts_;
    walk(frame, {.stream = std::to_string(exchange)});
    return texts_ == before ? Bytes(text) : Bytes(json::serialize(frame));
  }

 private:
  struct Where {
    std::string role;    // of the nearest message
    std::string type;    // of the nearest object that has one
    std::string stream;  // names the pieces that belong together
    bool is_delta = false;
  };

  void walk(json::value& value, const Where& where) {
    if (json::array* list = value.if_array()) {
      for (json::value& each : *list) walk(each, where);
    }
    json::object* object = value.if_object();
    if (object == nullptr) return;
    Where inside = where;
    if (const std::string role = text_member(*object, "role"); !role.empty()) inside.role = role;
    // The text blocks in a tool's result are the result.
    const std::string type = text_member(*object, "type");
    if (!type.empty() && inside.type != "tool_result") inside.type = type;
    for (const std::string_view key : {"item_id", "call_id"}) {
      if (const std::string id = text_member(*object, key); !id.empty()) inside.stream = id;
    }
    if (const json::value* index = object->if_contains("index"); index != nullptr && index->is_int64()) {
      inside.stream += " " + std::to_string(index->get_int64());
    }
    for (auto& member : *object) take(view(member.key()), member.value(), inside);
  }

  void take(std::string_view key, json::value& value, Where where) {
    where.is_delta = where.is_delta || key == "delta";
    if (!value.is_string()) {
      if (where.type == "tool_use" && key == "input") {
        redact_json(Content::arguments, value);
      } else {
        walk(value, where);
      }
      return;
    }
    if (key == "instructions" || key == "description") {
      redact_plain(Content::instructions, value);
    } else if (key == "arguments" || key == "partial_json") {
      redact_arguments(value, where);
    } else if (key == "delta") {
      if (contains(where.type, "arguments")) return redact_arguments(value, where);
      if (!contains(where.type, "audio.delta")) redact_plain(Content::speech, value);
    } else if (key == "output") {
      redact_inner_json(Content::answers, value);
    } else if (key == "system") {
      redact_plain(Content::instructions, value);
    } else if (key == "transcript" || key == "text" || key == "content" || key == "input" || key == "refusal" ||
               key == "thinking") {
      const bool is_answer = where.role == "tool" || where.type == "tool_result";
      if (is_answer) return redact_inner_json(Content::answers, value);
      redact_plain(where.role == "system" || where.role == "developer" ? Content::instructions : Content::speech,
                   value);
    }
  }

  void set(json::value& value, const std::string& text) {
    if (view(value.get_string()) == text) return;
    value = json::string(text);
    ++texts_;
  }
  void redact_plain(Content content, json::value& value) {
    if (removed_.contains(content)) set(value, redacted_text(view(value.get_string())));
  }
  void redact_inner_json(Content content, json::value& value) {
    if (removed_.contains(content)) set(value, redacted_json(view(value.get_string())));
  }
  void redact_arguments(json::value& value, const Where& where) {
    if (!removed_.contains(Content::arguments)) return;
    const std::string_view text = view(value.get_string());
    set(value, where.is_delta ? pieces_[where.stream].next(text) : redacted_json(text));
  }
  void redact_json(Content content, json::value& value) {
    if (!removed_.contains(content)) return;
    json::error_code error;
    const std::string text = redacted_json(view(json::string_view(json::serialize(value))));
    json::value changed = json::parse(json::string_view(text.data(), text.size()), error);
    if (error || changed == value) return;
    value = std::move(changed);
    ++texts_;
  }

  const std::set<Content>& removed_;
  std::uint64_t& texts_;
  std::map<std::string, JsonRedactor> pieces_;
};

// The trace, event by event.
class Redactor {
 public:
  Redactor(const std::set<Content>& removed, RedactedTrace& into) : removed_(removed), into_(into) {}

  void take(const trace::Channel& channel, Event& event) {
    const bool is_model = channel.kind == trace::ChannelKind::model ||
                          channel.kind == trace::ChannelKind::transcriber ||
                          channel.kind == trace::ChannelKind::synthesizer;
    switch (event.kind) {
      case EventKind::text:
        change<trace::Text>(event, [&](trace::Text& body) { plain(Content::speech, body.text); });
        break;
      case EventKind::message:
        change<trace::Message>(event, [&](trace::Message& body) { frame(channel, event, body.text); });
        break;
      case EventKind::request:
        change<trace::Request>(event, [&](trace::Request& body) {
          is_model ? stream(channel, event, body.body) : inner(Content::arguments, body.body);
        });
        break;
      case EventKind::response:
        change<trace::Response>(event, [&](trace::Response& body) {
          is_model ? stream(channel, event, body.body) : inner(Content::answers, body.body);
        });
        break;
      case EventKind::response_part:
        change<trace::ResponsePart>(event, [&](trace::ResponsePart& body) {
          is_model ? stream(channel, event, body.body) : inner(Content::answers, body.body);
        });
        break;
      case EventKind::dtmf:
        change<trace::Dtmf>(event, [&](trace::Dtmf& body) { plain(Content::keys, body.digit); });
        break;
      default:
        break;
    }
  }

 private:
  template <class Body, class Change>
  static void change(Event& event, const Change& how) {
    Body body = trace::body_of<Body>(event);
    how(body);
    event.body = trace::encode_body(body);
  }

  void plain(Content content, Bytes& text) {
    if (removed_.contains(content)) set(text, redacted_text(text));
  }
  void inner(Content content, Bytes& text) {
    if (removed_.contains(content)) set(text, redacted_json(text));
  }
  void set(Bytes& text, Bytes changed) {
    if (changed == text) return;
    text = std::move(changed);
    ++into_.texts;
  }

  void frame(const trace::Channel& channel, const Event& event, Bytes& text) {
    if (text.empty()) return;
    if (std::optional<Bytes> changed = frames_of(channel).redacted_frame(text, event.exchange)) {
      text = std::move(*changed);
    } else {
      ++into_.unreadable;
    }
  }

  static bool is_stream_field(BytesView line) {
    return line.empty() || line.starts_with(':') || line.starts_with("event:") || line.starts_with("id:") ||
           line.starts_with("retry:");
  }

  // JSON as a whole, or the lines of server-sent events.
  void stream(const trace::Channel& channel, const Event& event, Bytes& text) {
    constexpr std::string_view kData = "data:";
    if (text.empty() || text.front() == '{') return frame(channel, event, text);
    Bytes out;
    for (BytesView rest = text; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      BytesView line = rest.substr(0, end);
      const bool has_return = line.ends_with('\r');
      if (has_return) line.remove_suffix(1);
      if (line.starts_with(kData)) {
        const std::size_t space = line.substr(kData.size()).starts_with(' ') ? 1 : 0;
        Bytes data(line.substr(kData.size() + space));
        if (data != "[DONE]") frame(channel, event, data);
        out += line.substr(0, kData.size() + space);
        out += data;
      } else if (is_stream_field(line)) {
        out += line;
      } else {
        ++into_.unreadable;  // such as what is left of a line that came in two parts
        out += redacted_text(line);
      }
      if (has_return) out += '\r';
      if (end == BytesView::npos) break;
      out += '\n';
      rest.remove_prefix(end + 1);
    }
    text = std::move(out);
  }

  Frames& frames_of(const trace::Channel& channel) {
    return frames_.try_emplace(channel.id, removed_, into_.texts).first->second;
  }

  const std::set<Content>& removed_;
  RedactedTrace& into_;
  std::map<trace::ChannelId, Frames> frames_;
};

std::string list_of(const std::set<Content>& contents) {
  std::string text;
  for (const Content content : contents) text += fmt::format("{}{}", text.empty() ? "" : ", ", name_of(content));
  return text;
}

// Whether the failure is there with the case's parts and gone without them.
class Proof {
 public:
  Proof(Subject& subject, const Repro& repro) : subject_(subject), repro_(repro) {}

  bool holds(const trace::Trace& recording) {
    try {
      if (part_count(repro_.one) > 0 && has_failure(run(recording, with_parts(repro_.one, {})), repro_.failure)) {
        return false;
      }
      outcome_ = run(recording, repro_.one);
    } catch (const Error&) {
      return false;
    }
    return has_failure(outcome_, repro_.failure) && !outcome_.is_tainted;
  }
  Outcome run(const trace::Trace& recording, const Case& one) {
    ++runs_;
    return subject_.run(recording, one);
  }
  const Outcome& outcome() const { return outcome_; }
  std::uint64_t runs() const { return runs_; }

 private:
  Subject& subject_;
  const Repro& repro_;
  Outcome outcome_;
  std::uint64_t runs_ = 0;
};

}  // namespace

std::string_view name_of(Content content) {
  switch (content) {
    case Content::sound:
      return "the sound";
    case Content::speech:
      return "what was said";
    case Content::instructions:
      return "instructions and descriptions";
    case Content::arguments:
      return "arguments of tool calls";
    case Content::answers:
      return "answers of tools";
    case Content::keys:
      return "keys that were pressed";
  }
  return "";
}

RedactedTrace redacted(const trace::Trace& recording, const std::set<Content>& removed) {
  RedactedTrace result{.recording = trace::Trace(recording.events.scratch())};
  const trace::Trace source = removed.contains(Content::sound) ? with_bursts(recording) : recording;
  Redactor redactor(removed, result);
  for (Event event : source.events) {
    if (event.channel != trace::kControlChannel) redactor.take(*source.channels.find(event.channel), event);
    result.recording.add(std::move(event));
  }
  result.recording.metadata = {{"origin", "redacted repro"}, {"redaction", list_of(removed)}};
  return result;
}

Redaction redact(Subject& subject, const Repro& repro) {
  Proof proof(subject, repro);
  if (!proof.holds(repro.recording)) {
    fail("expected the failure \"{}\", found a run without it: there is nothing to redact", to_text(repro.failure));
  }
  Redaction result;
  std::set<Content> wanted(kContents.begin(), kContents.end());
  RedactedTrace best = redacted(repro.recording, wanted);
  if (!proof.holds(best.recording)) {
    // Something of it is needed: one after the other.
    std::set<Content> removed;
    for (const Content content : kContents) {
      removed.insert(content);
      if (!proof.holds(redacted(repro.recording, removed).recording)) removed.erase(content);
    }
    best = redacted(repro.recording, removed);
    RINGBACK_CHECK(proof.holds(best.recording), "what was tried fails again");
    wanted = removed;
  }
  result.removed = wanted;
  for (const Content content : kContents) {
    if (!wanted.contains(content)) result.kept.insert(content);
  }
  result.texts = best.texts;
  result.unreadable = best.unreadable;
  result.repro = repro;
  result.repro.recording = std::move(best.recording);
  result.repro.digest = proof.outcome().digest;
  for (const Failure& failure : proof.outcome().failures) {
    if (failure.signature == repro.failure) result.repro.finding = failure.finding;
  }
  // The certificate was of other runs.
  if (!repro.certificate.empty()) {
    const auto run = [&](const Case& one) { return proof.run(result.repro.recording, one); };
    if (needless_part(repro.one, repro.failure, run, result.repro.certificate)) result.repro.certificate.clear();
  }
  result.runs = proof.runs();
  return result;
}

}  // namespace ringback::sim
