#include "src/wire/json_text.h"

#include <fmt/format.h>

#include "src/wire/flat_object.h"

namespace ringback::wire {

namespace {

// How many octets a well-formed character at the front of `text` takes (RFC 3629); 0 where there is none.
std::size_t character_length(BytesView text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = octet(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = octet(1);
  const bool is_overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool is_surrogate = lead == 0xED && second >= 0xA0;
  const bool is_too_large = lead == 0xF4 && second >= 0x90;
  return is_overlong || is_surrogate || is_too_large ? 0 : length;
}

void append_escaped(char octet, Bytes& out) {
  switch (octet) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(octet) < 0x20) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(octet));
  } else {
    out += octet;
  }
}

}  // namespace

void append_json_string(BytesView text, Bytes& out) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_length(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = character_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    if (length == 1) {
      append_escaped(text[0], out);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void JsonObject::key(std::string_view name) {
  if (out_.size() > 1) out_ += ',';
  append_json_string(name, out_);
  out_ += ':';
}

JsonObject& JsonObject::text(std::string_view name, BytesView value) {
  key(name);
  append_json_string(value, out_);
  return *this;
}

JsonObject& JsonObject::text_or_null(std::string_view name, BytesView value) {
  return value.empty() ? raw(name, "null") : text(name, value);
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
  key(name);
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

JsonObject& JsonObject::raw(std::string_view name, BytesView json) {
  key(name);
  out_ += json;
  return *this;
}

Bytes JsonObject::finish() && {
  out_ += '}';
  return std::move(out_);
}

}  // namespace ringback::wire
