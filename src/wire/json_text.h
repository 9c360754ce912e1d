// Writing JSON text without building a tree first.
//
//   JsonObject object;
//   object.text("type", "response.create").number("index", 3).raw("item", item_json);
//   Bytes json = std::move(object).finish();
#pragma once

#include <cstdint>

#include "src/base/bytes.h"

namespace ringback::wire {

// Appends `text` as a JSON string with its quotes. Only quote, backslash and control characters are escaped; an octet
// that is not part of well-formed UTF-8 becomes U+FFFD, so that the result is always JSON.
void append_json_string(BytesView text, Bytes& out);

// Members in the order they are added.
class JsonObject {
 public:
  JsonObject& text(std::string_view key, BytesView value);
  // The string, or null where it is empty.
  JsonObject& text_or_null(std::string_view key, BytesView value);
  JsonObject& number(std::string_view key, std::int64_t value);
  // `json` is a JSON value already.
  JsonObject& raw(std::string_view key, BytesView json);
  Bytes finish() &&;

 private:
  void key(std::string_view name);
  Bytes out_ = "{";
};

}  // namespace ringback::wire
