// The members of a JSON object that has nothing inside it, read without building a tree: strings of plain ASCII without
// escapes, whole numbers from 0, true, false and null. Most frames of a stream are such objects.
//
//   FlatObjectReader reader(text);
//   while (reader.next()) take(reader.key(), reader.value());
//   if (!reader.is_flat()) ...  // something else is inside, or it is no JSON: read it in full; what was taken is void
#pragma once

#include <cstdint>
#include <optional>

#include "src/base/bytes.h"

namespace ringback::wire {

// How many octets from the start are printable ASCII and no quote or backslash: they stand in JSON text as they are.
// Sound in base64 is nothing else.
std::size_t plain_length(BytesView text);

struct FlatValue {
  std::string_view text;               // of a string
  std::optional<std::int64_t> number;  // of a whole number
};

// Goes from member to member of a flat object.
class FlatObjectReader {
 public:
  explicit FlatObjectReader(BytesView text) : rest_(text) {}

  // The next member; false at the end of the object, or where it turns out not to be flat.
  bool next();
  // The whole text was one flat object. To be asked after next() was false.
  bool is_flat() const { return is_flat_; }
  std::string_view key() const { return key_; }
  const FlatValue& value() const { return value_; }

 private:
  bool take(char expected);
  void skip_space();
  bool take_string(std::string_view& out);
  bool take_value();
  bool take_number();
  bool take_word(std::string_view word);

  BytesView rest_;
  std::string_view key_;
  FlatValue value_;
  bool has_begun_ = false;
  bool is_flat_ = false;
};

}  // namespace ringback::wire
