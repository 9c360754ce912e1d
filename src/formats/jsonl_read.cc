#include <algorithm>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/formats/jsonl.h"

namespace ringback::formats {
namespace {

namespace json = boost::json;

// A line is an object of values, of which some are {"base64": ...}; the header's metadata is one level deeper.
constexpr std::size_t kDepthMax = 4;

BytesView view_of(const json::string& text) { return {text.data(), text.size()}; }

// A value as the user wrote it, short enough for a message.
std::string shown(const json::value& value) {
  constexpr std::size_t kShownBytesMax = 40;
  const std::string text = json::serialize(value);
  return text.size() <= kShownBytesMax ? text : text.substr(0, kShownBytesMax) + "...";
}

json::value parse_line(BytesView line, json::parser& parser) {
  json::error_code error;
  const std::size_t consumed = parser.write_some(line.data(), line.size(), error);
  if (error || consumed < line.size()) {
    const std::string found = error ? error.message() : "more after its end";
    fail("column {}: expected one JSON object, found: {}", consumed + 1, found);
  }
  return parser.release();
}

// The keys of one object, each taken once; what nobody took is a mistake of whoever wrote the line.
class Fields {
 public:
  explicit Fields(const json::object& object) : object_(object) {}

  // Null where there is none.
  const json::value* take(std::string_view key) {
    known_.push_back(key);
    return object_.if_contains(json::string_view(key));
  }

  const json::value& require(std::string_view key) {
    const json::value* value = take(key);
    if (value == nullptr) fail("expected a field '{}', found none", key);
    return *value;
  }

  void expect_nothing_else() const {
    for (const auto& entry : object_) {
      const std::string_view key(entry.key().data(), entry.key().size());
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      const std::string nearest = nearest_word(key, known_);
      fail("field '{}' is not known here{}", key.substr(0, 40),
           nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
    }
  }

 private:
  const json::object& object_;
  std::vector<std::string_view> known_;
};

std::int64_t integer_of(const json::value& value, std::string_view field, std::int64_t min, std::int64_t max) {
  const std::int64_t* number = value.if_int64();
  if (number == nullptr || *number < min || *number > max) {
    fail("field '{}': expected an integer of {} to {}, found {}", field, min, max, shown(value));
  }
  return *number;
}

Bytes base64_of(const json::value& value, std::string_view field) {
  if (const json::string* text = value.if_string()) {
    if (auto octets = base64_decode(view_of(*text))) return *std::move(octets);
  }
  fail("field '{}': expected canonical base64, found {}", field, shown(value));
}

Bytes text_of(const json::value& value, std::string_view field) {
  if (const json::string* text = value.if_string()) return Bytes(view_of(*text));
  if (const json::object* object = value.if_object()) {
    const json::value* octets = object->if_contains("base64");
    if (octets != nullptr && object->size() == 1) return base64_of(*octets, field);
  }
  fail("field '{}': expected a string or {{\"base64\": \"...\"}}, found {}", field, shown(value));
}

// A word that `named` knows, or a number.
template <class Named>
std::int64_t word_or_number(const json::value& value, std::string_view field, std::int64_t max, Named named) {
  const json::string* word = value.if_string();
  if (word == nullptr) return integer_of(value, field, 0, max);
  try {
    return static_cast<std::int64_t>(named(view_of(*word)));
  } catch (const Error& error) {
    fail("field '{}': {}", field, error.what());
  }
}

struct FieldReader {
  Fields& fields;
  void operator()(std::uint8_t, const char* name, std::int64_t& out) const {
    const json::value* value = fields.take(name);
    if (value == nullptr) return;
    const std::string_view field(name);
    if (value->is_string() && field == "channel_kind") {
      out = word_or_number(*value, field, 0, trace::channel_kind_named);
    } else if (value->is_string() && field == "original_kind") {
      out = word_or_number(*value, field, 0, trace::kind_named);
    } else {
      out = integer_of(*value, field, INT64_MIN, INT64_MAX);
    }
  }
  void operator()(std::uint8_t, const char* name, Bytes& out, trace::FieldForm form) const {
    const json::value* value = fields.take(name);
    if (value == nullptr) return;
    out = form == trace::FieldForm::text ? text_of(*value, name) : base64_of(*value, name);
  }
};

Bytes body_of_fields(trace::EventKind kind, Fields& fields) {
  if (const json::value* raw = fields.take("raw")) return base64_of(*raw, "raw");
  Bytes octets;
  trace::with_body_type(kind, [&]<class Body>() {
    Body body;
    Body::describe(body, FieldReader{fields});
    octets = trace::encode_body(body);
  });
  return octets;
}

trace::ChannelId channel_of(const json::value* value, const trace::ChannelTable& channels) {
  if (value == nullptr) return trace::kControlChannel;
  if (value->is_number()) return static_cast<trace::ChannelId>(integer_of(*value, "channel", 0, UINT16_MAX));
  const Bytes name = text_of(*value, "channel");
  if (const trace::Channel* channel = channels.find(name)) return channel->id;
  std::vector<std::string_view> known;
  for (const trace::Channel& channel : channels.channels()) known.push_back(channel.name);
  const std::string nearest = nearest_word(name, known);
  fail("field 'channel': no channel {} was declared before{}", shown(*value),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
}

trace::Event event_of(const json::value& line, const trace::ChannelTable& channels) {
  if (!line.is_object()) fail("expected an object, found {}", shown(line));
  Fields fields(line.get_object());
  trace::Event event;
  event.at = VirtualTime::from_ns(integer_of(fields.require("at_ns"), "at_ns", INT64_MIN, INT64_MAX));
  event.channel = channel_of(fields.take("channel"), channels);
  event.kind =
      static_cast<trace::EventKind>(word_or_number(fields.require("kind"), "kind", UINT16_MAX, trace::kind_named));
  event.direction = static_cast<trace::Direction>(
      word_or_number(fields.require("direction"), "direction", UINT8_MAX, trace::direction_named));
  event.origin =
      static_cast<trace::Origin>(word_or_number(fields.require("origin"), "origin", UINT8_MAX, trace::origin_named));
  if (const json::value* exchange = fields.take("exchange")) {
    event.exchange = static_cast<std::uint32_t>(integer_of(*exchange, "exchange", 0, UINT32_MAX));
  }
  event.body = body_of_fields(event.kind, fields);
  fields.expect_nothing_else();
  if (event.body.size() > trace::kBodyBytesMax) {
    fail("expected a body of at most {} octets, found {}", trace::kBodyBytesMax, event.body.size());
  }
  return event;
}

trace::Metadata metadata_of(const json::value& value) {
  if (!value.is_object()) fail("field 'metadata': expected an object, found {}", shown(value));
  const json::object& entries = value.get_object();
  if (entries.size() > trace::kMetadataEntriesMax) {
    fail("field 'metadata': expected at most {} entries, found {}", trace::kMetadataEntriesMax, entries.size());
  }
  trace::Metadata metadata;
  std::size_t bytes = 0;
  for (const auto& entry : entries) {
    const std::string key(entry.key().data(), entry.key().size());
    std::string text = text_of(entry.value(), key);
    bytes += key.size() + text.size();
    metadata.emplace(key, std::move(text));
  }
  if (bytes > trace::kMetadataBytesMax) {
    fail("field 'metadata': expected at most {} octets, found {}", trace::kMetadataBytesMax, bytes);
  }
  return metadata;
}

trace::Metadata header_of(const json::value& line) {
  const json::object* object = line.if_object();
  const json::value* marker = object == nullptr ? nullptr : object->if_contains("ringback");
  if (marker == nullptr || *marker != "jsonl") {
    fail("expected {{\"ringback\":\"jsonl\",\"version\":{},...}}, found {}", kJsonlVersion, shown(line));
  }
  Fields fields(*object);
  fields.take("ringback");
  integer_of(fields.require("version"), "version", kJsonlVersion, kJsonlVersion);
  trace::Metadata metadata;
  if (const json::value* value = fields.take("metadata")) metadata = metadata_of(*value);
  fields.expect_nothing_else();
  return metadata;
}

// Reads a trace line by line.
class TraceBuilder {
 public:
  TraceBuilder() : parser_({}, options()) {}

  void take_line(BytesView line) {
    if (line.size() > kJsonlLineBytesMax) {
      fail("expected a line of at most {} bytes, found {}", kJsonlLineBytesMax, line.size());
    }
    parser_.reset();
    const json::value value = parse_line(line, parser_);
    if (has_header_) {
      trace_.add(event_of(value, trace_.channels));
    } else {
      trace_.metadata = header_of(value);
      has_header_ = true;
    }
  }

  trace::Trace finish() {
    if (!has_header_) fail("expected {{\"ringback\":\"jsonl\",...}}, found the end");
    return std::move(trace_);
  }

 private:
  static json::parse_options options() {
    json::parse_options options;
    options.max_depth = kDepthMax;
    return options;
  }

  json::parser parser_;
  trace::Trace trace_;
  bool has_header_ = false;
};

bool is_blank(BytesView line) { return line.find_first_not_of(" \t\r") == BytesView::npos; }

bool looks_like_jsonl(BytesView head, std::string_view) {
  const BytesView first_line = head.substr(0, head.find('\n'));
  const std::size_t start = first_line.find_first_not_of(" \t\r");
  if (start == BytesView::npos || first_line[start] != '{') return false;
  return first_line.find("\"ringback\"") != BytesView::npos && first_line.find("\"jsonl\"") != BytesView::npos;
}

}  // namespace

trace::Trace read_jsonl(std::string_view name, BytesView data) {
  TraceBuilder builder;
  std::uint64_t line_number = 1;
  try {
    for (; !data.empty(); ++line_number) {
      const std::size_t end = std::min(data.find('\n'), data.size());
      const BytesView line = data.substr(0, end);
      data.remove_prefix(std::min(end + 1, data.size()));
      if (!is_blank(line)) builder.take_line(line);
    }
    return builder.finish();
  } catch (const Error& error) {
    fail("{}: line {}: {}", name, line_number, error.what());
  }
}

Importer jsonl_importer() {
  return {.name = "jsonl",
          .description = "JSON lines as `ringback export jsonl` writes them",
          .detect = looks_like_jsonl,
          .read =
              [](std::span<const ImportInput> inputs) {
                if (inputs.size() != 1) fail("jsonl: expected one input, found {}", inputs.size());
                return read_jsonl(inputs.front().name, inputs.front().data);
              },
          .is_trace = true};
}

}  // namespace ringback::formats
