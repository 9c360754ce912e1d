// Octets as values and as views.
//
// A payload is an octet string: it may hold text, audio or anything else. `std::string` is the owner and
// `std::string_view` the view; neither implies UTF-8 nor a terminating zero.
#pragma once

#include <string>
#include <string_view>

namespace ringback {

using Bytes = std::string;
using BytesView = std::string_view;

}  // namespace ringback
