#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/base/utf8.h"
#include "src/formats/jsonl.h"

namespace ringback::formats {
namespace {

void append_string(BytesView text, std::string& out) { out += boost::json::serialize(boost::json::string_view(text)); }

void append_text(BytesView text, std::string& out) {
  if (is_utf8(text)) {
    append_string(text, out);
  } else {
    out += fmt::format(R"({{"base64":"{}"}})", base64_encode(text));
  }
}

void append_key(std::string_view key, std::string& out) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += key;
  out += "\":";
}

void append_integer(std::string_view key, std::int64_t value, std::string& out) {
  append_key(key, out);
  out += fmt::to_string(value);
}

// A word where there is one, else the number.
void append_word(std::string_view key, std::string_view word, std::int64_t number, std::string& out) {
  append_key(key, out);
  out += word.empty() ? fmt::to_string(number) : fmt::format("\"{}\"", word);
}

// Fields that are numbers in the body and words for people.
std::string_view word_for(std::string_view field, std::int64_t value) {
  if (field == "channel_kind") return name_of(static_cast<trace::ChannelKind>(value));
  if (field == "original_kind" && value >= 0 && value <= UINT16_MAX) {
    return name_of(static_cast<trace::EventKind>(value));
  }
  return {};
}

struct FieldWriter {
  std::string& out;
  void operator()(std::uint8_t, const char* name, const std::int64_t& value) const {
    if (value != 0) append_word(name, word_for(name, value), value, out);
  }
  void operator()(std::uint8_t, const char* name, const Bytes& value, trace::FieldForm form) const {
    if (value.empty()) return;
    append_key(name, out);
    if (form == trace::FieldForm::text) {
      append_text(value, out);
    } else {
      out += fmt::format("\"{}\"", base64_encode(value));
    }
  }
};

template <class Body>
bool append_fields(BytesView octets, std::string& out) {
  Body body;
  try {
    body = trace::decode_body<Body>(octets);
  } catch (const Error&) {
    return false;
  }
  if (trace::encode_body(body) != octets) return false;
  Body::describe(body, FieldWriter{out});
  return true;
}

void append_body(const trace::Event& event, std::string& out) {
  bool as_fields = false;
  trace::with_body_type(event.kind, [&]<class Body>() { as_fields = append_fields<Body>(event.body, out); });
  if (as_fields || event.body.empty()) return;
  append_key("raw", out);
  out += fmt::format("\"{}\"", base64_encode(event.body));
}

void append_channel(const trace::Event& event, const trace::ChannelTable& channels, std::string& out) {
  if (event.channel == trace::kControlChannel) return;
  append_key("channel", out);
  // A declaration may stand on a channel that is only declared later.
  const bool may_be_later = event.kind == trace::EventKind::channel_declared;
  if (const trace::Channel* channel = may_be_later ? nullptr : channels.find(event.channel)) {
    append_text(channel->name, out);
  } else {
    out += fmt::to_string(event.channel);
  }
}

std::string header_line(const trace::Metadata& metadata) {
  std::string entries = "{";
  for (const auto& [key, value] : metadata) {
    if (!is_utf8(key)) fail("metadata: expected a key in UTF-8, found base64 {}", base64_encode(key));
    if (entries.size() > 1) entries += ",";
    append_string(key, entries);
    entries += ":";
    append_text(value, entries);
  }
  return fmt::format("{{\"ringback\":\"jsonl\",\"version\":{},\"metadata\":{}}}}}\n", kJsonlVersion, entries);
}

}  // namespace

void append_jsonl_event(const trace::Event& event, const trace::ChannelTable& channels, std::string& out) {
  std::string line = "{";
  append_integer("at_ns", event.at.ns(), line);
  append_channel(event, channels, line);
  append_word("kind", name_of(event.kind), static_cast<std::int64_t>(event.kind), line);
  append_word("direction", name_of(event.direction), static_cast<std::int64_t>(event.direction), line);
  append_word("origin", name_of(event.origin), static_cast<std::int64_t>(event.origin), line);
  if (event.exchange != 0) append_integer("exchange", event.exchange, line);
  append_body(event, line);
  line += "}\n";
  out += line;
}

void write_jsonl(const trace::Trace& trace, ByteSink& sink) {
  sink.write(header_line(trace.metadata));
  std::string line;
  for (const trace::Event& event : trace.events) {
    line.clear();
    append_jsonl_event(event, trace.channels, line);
    sink.write(line);
  }
}

Exporter jsonl_exporter() {
  return {
      .name = "jsonl", .description = "JSON lines, lossless: imports back with the same digest", .write = write_jsonl};
}

}  // namespace ringback::formats
