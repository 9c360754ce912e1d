#include "sim/explore/redact_text.h"

namespace ringback::sim {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Characters beyond ASCII count as letters: one x each.
void add_redacted(char c, std::string& out) {
  if (continues_character(c)) return;
  const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
  out += is_digit(c) ? '1' : is_letter(c) || !is_ascii ? 'x' : c;
}

}  // namespace

std::string redacted_text(std::string_view text) {
  std::string out;
  for (const char c : text) add_redacted(c, out);
  return out;
}

void JsonRedactor::begin_string() {
  const bool is_key = wants_key_ && !open_.empty() && open_.back() == '{';
  place_ = is_key ? Place::key : Place::string;
  wants_key_ = false;
}

// One octet within a string, the quotes left out.
void JsonRedactor::add_inside(char c, std::string& out) {
  if (place_ == Place::key) {
    is_escaped_ = !is_escaped_ && c == '\\';
    out += c;
  } else if (hex_digits_ > 0) {
    if (--hex_digits_ == 0) out += 'x';
  } else if (is_escaped_) {
    is_escaped_ = false;
    if (c == 'u') {
      hex_digits_ = 4;
    } else {
      out += '\\';
      out += c;
    }
  } else if (c == '\\') {
    is_escaped_ = true;
  } else {
    add_redacted(c, out);
  }
}

std::string JsonRedactor::next(std::string_view piece) {
  std::string out;
  for (const char c : piece) {
    if (place_ != Place::value) {
      const bool ends = c == '"' && !is_escaped_ && hex_digits_ == 0;
      if (!ends) {
        add_inside(c, out);
        continue;
      }
      place_ = Place::value;
    } else if (c == '"') {
      begin_string();
    } else if (c == '{' || c == '[') {
      open_ += c;
      wants_key_ = c == '{';
    } else if ((c == '}' || c == ']') && !open_.empty()) {
      open_.pop_back();
    } else if (c == ',') {
      wants_key_ = true;
    }
    out += place_ == Place::value && is_digit(c) ? '1' : c;
  }
  return out;
}

std::string redacted_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json =
      first != std::string_view::npos && std::string_view("{[\"").find(text[first]) != std::string::npos;
  return is_json ? JsonRedactor().next(text) : redacted_text(text);
}

}  // namespace ringback::sim
