// Texts without what they said: letters become x, digits 1, and all else stays, so lengths, sentences and the shape of
// JSON are as they were. Every character becomes the same wherever it stands: what is said twice is still the same
// twice, and a text that comes in pieces is the redacted text in pieces.
#pragma once

#include <string>
#include <string_view>

namespace ringback::sim {

std::string redacted_text(std::string_view text);

// The strings and numbers of a JSON text; keys stay. Takes the text in pieces of any length, cut anywhere.
//
//   JsonRedactor redactor;
//   for (const std::string& delta : deltas) redacted += redactor.next(delta);
class JsonRedactor {
 public:
  std::string next(std::string_view piece);

 private:
  enum class Place { value, key, string };
  void begin_string();
  void add_inside(char c, std::string& out);

  std::string open_;  // '{' and '[' of what is open
  Place place_ = Place::value;
  bool wants_key_ = false;
  bool is_escaped_ = false;
  int hex_digits_ = 0;  // of \u that are still to come
};

// As JSON where it is an object, a list or a string, else as plain text.
std::string redacted_json(std::string_view text);

}  // namespace ringback::sim
