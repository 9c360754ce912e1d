// One change of a JSON text, within its schema or outside of it: what a tool answers on a bad day.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::sim {

// "null", "drop", "extra", "retype", "empty", "long", "latin1", "big", "deep", "surrogate", "bom":
//   null     the value becomes null
//   drop     the member or element is not there
//   extra    the object gets one member more, the list its first element once more
//   retype   text becomes a number, all else a text
//   empty    an empty text, list or object, or 0
//   long     a text of kLongTextOctets
//   latin1   a text gets an octet that is no UTF-8
//   big      the value becomes 2^53 + 1, which is another number to readers that have doubles alone
//   deep     the value becomes a list in a list, kDeepLevels of them
//   surrogate  a text gets half of a surrogate pair
//   bom      the whole begins with a byte order mark, wherever the place is
inline constexpr std::array<std::string_view, 11> kJsonChanges = {
    "null", "drop", "extra", "retype", "empty", "long", "latin1", "big", "deep", "surrogate", "bom"};
inline constexpr std::size_t kDeepLevels = 1'000;
inline constexpr std::size_t kLongTextOctets = 100'000;
// How many places of one text are told.
inline constexpr std::size_t kJsonPlacesMax = 256;

// The JSON pointers (RFC 6901) of all values of `json`, the whole ("") first, in the order of the text. Empty where it
// is no JSON.
std::vector<std::string> json_places(BytesView json);
// `json` with the change at that place; as it is where it is no JSON, has no such place, or the change makes no sense
// there.
Bytes changed_json(BytesView json, std::string_view change, std::string_view place);

}  // namespace ringback::sim
