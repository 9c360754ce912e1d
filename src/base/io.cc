#include "src/base/io.h"

#include <cstring>

#include "src/base/error.h"

namespace ringback {

void MemorySource::read_at(std::uint64_t offset, char* out, std::size_t length) {
  if (offset > data_.size() || length > data_.size() - offset) {
    fail("{}: offset {}: expected {} more bytes, found the end at {}", name_, offset, length, data_.size());
  }
  std::memcpy(out, data_.data() + offset, length);
}

}  // namespace ringback
