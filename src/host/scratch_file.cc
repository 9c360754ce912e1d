#include "src/host/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

#include "src/base/error.h"

namespace ringback::host {
namespace {

constexpr const char* kName = "temporary file";

std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named == nullptr || *named == '\0' ? "/tmp" : named;
}

// Without a name from the beginning where the file system has that, else at once after.
int open_nameless(const std::string& folder) {
  const int number = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (number >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return number;
  std::string path = folder + "/ringback-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(path.c_str());
  return named;
}

}  // namespace

ScratchFile::File& ScratchFile::own_file() {
  const pid_t owner = ::getpid();
  if (files_.empty() || files_.back().owner != owner) {
    const std::string where = folder();
    const int number = open_nameless(where);
    if (number < 0) fail("{}: no temporary file can be made there: {}", where, std::strerror(errno));
    files_.emplace_back(number, owner);
  }
  return files_.back();
}

std::uint64_t ScratchFile::append(BytesView data) {
  File& file = own_file();
  const std::uint64_t offset = (files_.size() - 1) << kFileShift | file.size;
  while (!data.empty()) {
    const ssize_t put = ::pwrite(file.file.number(), data.data(), data.size(), static_cast<off_t>(file.size));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail("{} in {}: cannot be written: {}", kName, folder(), std::strerror(errno));
    file.size += static_cast<std::uint64_t>(put);
    data.remove_prefix(static_cast<std::size_t>(put));
  }
  return offset;
}

void ScratchFile::read_at(std::uint64_t offset, char* out, std::size_t length) {
  const auto number = static_cast<std::ptrdiff_t>(offset >> kFileShift);
  RINGBACK_CHECK(number < std::ssize(files_), "only what was put into a scratch file is read");
  const File& file = *std::next(files_.begin(), number);
  auto at = static_cast<off_t>(offset & ((std::uint64_t{1} << kFileShift) - 1));
  while (length > 0) {
    const ssize_t got = ::pread(file.file.number(), out, length, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("{}: cannot be read: {}", kName, got == 0 ? "it ends too early" : std::strerror(errno));
    out += got;
    at += got;
    length -= static_cast<std::size_t>(got);
  }
}

void ScratchFile::release(std::uint64_t offset, std::size_t length) noexcept {
  const auto number = static_cast<std::ptrdiff_t>(offset >> kFileShift);
  if (number >= std::ssize(files_)) return;
  const File& file = *std::next(files_.begin(), number);
  if (file.owner != ::getpid()) return;  // the parent may still want it
  // A file system that cannot do this keeps the room until the end; that is no failure.
  ::fallocate(file.file.number(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(offset & ((std::uint64_t{1} << kFileShift) - 1)), static_cast<off_t>(length));
}

}  // namespace ringback::host
