#include "src/formats/msgpack.h"

#include <bit>
#include <cmath>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/wire/json_text.h"

namespace ringback::formats {
namespace {

class Reader {
 public:
  Reader(std::string_view name, BytesView data, std::size_t at) : name_(name), data_(data), at_(at) {}

  MsgpackValue read() {
    value(0);
    return {.json = std::move(json_), .end = at_};
  }

 private:
  [[noreturn]] void refuse(std::string_view expected, std::string_view found) const {
    fail("{}: byte {}: expected {}, found {}", name_, at_, expected, found);
  }

  BytesView take(std::size_t length) {
    if (length > data_.size() - at_) {
      refuse(fmt::format("{} more bytes", length), fmt::format("{} at the end of the file", data_.size() - at_));
    }
    const BytesView octets = data_.substr(at_, length);
    at_ += length;
    return octets;
  }

  // Big-endian.
  std::uint64_t number(std::size_t length) {
    std::uint64_t value = 0;
    for (const char c : take(length)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  void put(BytesView text) {
    if (json_.size() + text.size() > kMsgpackJsonBytesMax) {
      refuse(fmt::format("a value of at most {} bytes", kMsgpackJsonBytesMax), "a longer one");
    }
    json_.append(text);
  }

  void put_text(BytesView text) {
    Bytes quoted;
    wire::append_json_string(text, quoted);
    put(quoted);
  }

  // The shortest text that means the same number.
  void put_float(double value) { put(std::isfinite(value) ? fmt::format("{}", value) : "null"); }

  void value(int depth) {
    if (depth > kMsgpackDepthMax) refuse(fmt::format("at most {} levels", kMsgpackDepthMax), "more");
    const std::size_t begin = at_;
    const auto type = static_cast<unsigned>(number(1));
    if (type < 0x80) return put(fmt::format("{}", type));
    if (type < 0x90) return map(type & 0x0f, depth);
    if (type < 0xa0) return list(type & 0x0f, depth);
    if (type < 0xc0) return put_text(take(type & 0x1f));
    if (type >= 0xe0) return put(fmt::format("{}", static_cast<std::int8_t>(type)));
    switch (type) {
      case 0xc0:
        return put("null");
      case 0xc2:
        return put("false");
      case 0xc3:
        return put("true");
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return put_text(base64_encode(take(number(std::size_t{1} << (type - 0xc4)))));
      case 0xca:
        return put_float(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number(4)))));
      case 0xcb:
        return put_float(std::bit_cast<double>(number(8)));
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return put(fmt::format("{}", number(std::size_t{1} << (type - 0xcc))));
      case 0xd0:
        return put(fmt::format("{}", static_cast<std::int8_t>(number(1))));
      case 0xd1:
        return put(fmt::format("{}", static_cast<std::int16_t>(number(2))));
      case 0xd2:
        return put(fmt::format("{}", static_cast<std::int32_t>(number(4))));
      case 0xd3:
        return put(fmt::format("{}", static_cast<std::int64_t>(number(8))));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return put_text(take(number(std::size_t{1} << (type - 0xd9))));
      case 0xdc:
        return list(number(2), depth);
      case 0xdd:
        return list(number(4), depth);
      case 0xde:
        return map(number(2), depth);
      case 0xdf:
        return map(number(4), depth);
      default:
        at_ = begin;
        refuse("a plain MessagePack value", fmt::format("type {:02x}", type));
    }
  }

  void list(std::uint64_t count, int depth) {
    if (count > data_.size() - at_) refuse(fmt::format("a list of {} values", count), "fewer bytes");
    put("[");
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) put(",");
      value(depth + 1);
    }
    put("]");
  }

  void map(std::uint64_t count, int depth) {
    if (count > (data_.size() - at_) / 2) refuse(fmt::format("a map of {} members", count), "fewer bytes");
    put("{");
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) put(",");
      key(depth);
      put(":");
      value(depth + 1);
    }
    put("}");
  }

  void key(int depth) {
    const std::size_t begin = at_;
    const std::size_t json_begin = json_.size();
    value(depth + 1);
    const Bytes key = json_.substr(json_begin);
    if (key.starts_with('"')) return;
    if (key.empty() || key.find_first_not_of("-0123456789") != Bytes::npos) {
      at_ = begin;
      refuse("a text or a whole number as a key", key.substr(0, 40));
    }
    json_.resize(json_begin);
    put_text(key);
  }

  std::string name_;
  BytesView data_;
  std::size_t at_ = 0;
  Bytes json_;
};

}  // namespace

MsgpackValue read_msgpack(std::string_view name, BytesView data, std::size_t at) {
  return Reader(name, data, at).read();
}

}  // namespace ringback::formats
