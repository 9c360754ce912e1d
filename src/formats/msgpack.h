// MessagePack (msgpack.org, specification of 2013-08) as JSON text, for captures that are a row of such values.
//
//   for (std::size_t at = 0; at < data.size();) {
//     const MsgpackValue value = read_msgpack(name, data, at);
//     use(value.json);
//     at = value.end;
//   }
#pragma once

#include <cstdint>

#include "src/base/bytes.h"

namespace ringback::formats {

inline constexpr int kMsgpackDepthMax = 64;
// Of one value's JSON.
inline constexpr std::size_t kMsgpackJsonBytesMax = 32u << 20;

struct MsgpackValue {
  Bytes json;
  std::size_t end = 0;  // of the value in the data
};

// The value that begins at `at`. Keys of maps are texts or whole numbers, which become texts; binary becomes base64;
// numbers that JSON does not have become null. Throws Error ("NAME: byte N: expected ..., found ...") where the value
// is damaged, cut, beyond a limit, or of a type of somebody's own.
MsgpackValue read_msgpack(std::string_view name, BytesView data, std::size_t at);

}  // namespace ringback::formats
