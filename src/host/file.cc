#include "src/host/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "src/base/error.h"

namespace ringback::host {
namespace {

constexpr std::size_t kBufferBytes = 256u << 10;
// Linux moves at most 2 GiB in one call; smaller pieces cost nothing.
constexpr std::size_t kCallBytesMax = 64u << 20;

[[noreturn]] void fail_with_errno(const std::string& name, std::string_view what) {
  const int error = errno;
  fail("{}: {}: {}", name, what, std::strerror(error));
}

std::string name_for_reading(const std::string& path) { return path == kStandardStream ? "standard input" : path; }

int open_for_reading(const std::string& path) {
  if (path == kStandardStream) return ::dup(STDIN_FILENO);
  int number = -1;
  do {
    number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  return number;
}

struct stat status_of(const Descriptor& file, const std::string& name) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail_with_errno(name, "cannot be examined");
  if (S_ISDIR(status.st_mode)) fail("{}: is a directory, expected a file", name);
  return status;
}

Bytes read_to_end(const Descriptor& file, const std::string& name, std::uint64_t bytes_max) {
  Bytes data;
  Bytes piece(kBufferBytes, '\0');
  for (;;) {
    const ssize_t got = ::read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_errno(name, "cannot be read");
    if (got == 0) return data;
    if (static_cast<std::uint64_t>(got) > bytes_max - data.size()) {
      fail("{}: holds more than {} bytes, the most that is read into memory", name, bytes_max);
    }
    data.append(piece, 0, static_cast<std::size_t>(got));
  }
}

// What was read from a pipe, with the bytes.
class OwnedSource final : public ByteSource {
 public:
  OwnedSource(std::string name, Bytes data) : data_(std::move(data)), view_(std::move(name), data_) {}
  const std::string& name() const override { return view_.name(); }
  std::uint64_t size() const override { return view_.size(); }
  void read_at(std::uint64_t offset, char* out, std::size_t length) override { view_.read_at(offset, out, length); }

 private:
  Bytes data_;
  MemorySource view_;
};

// Where `path` leads once symbolic links are followed: a rename must not replace the link.
std::string followed(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string result(resolved);
  std::free(resolved);
  return result;
}

// Empty where `path` is something to be written in place.
std::string target_of(const std::string& path) {
  if (path == kStandardStream) return {};
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return path;
  if (S_ISDIR(status.st_mode)) fail("{}: is a directory, expected a file to write", path);
  return S_ISREG(status.st_mode) ? followed(path) : std::string();
}

int open_for_writing(const std::string& path, const std::string& temporary) {
  if (path == kStandardStream) return ::dup(STDOUT_FILENO);
  if (temporary.empty()) return ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  // A temporary file of this name is ours from a process that died with the same number.
  ::unlink(temporary.c_str());
  return ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

void write_all(const Descriptor& file, const std::string& name, BytesView data) {
  while (!data.empty()) {
    const ssize_t written = ::write(file.number(), data.data(), std::min(data.size(), kCallBytesMax));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno(name, "cannot be written");
    data.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Makes the rename itself durable. A file system that cannot do that for a folder says so with EINVAL.
void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() < 0) return;  // a folder that may be written but not read
  if (::fsync(opened.number()) != 0 && errno != EINVAL) fail_with_errno(folder, "cannot be flushed to disk");
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

int Descriptor::release() { return std::exchange(number_, -1); }

FileSource::FileSource(const std::string& path) : name_(name_for_reading(path)), file_(open_for_reading(path)) {
  if (file_.number() < 0) fail_with_errno(name_, "cannot be opened");
  const struct stat status = status_of(file_, name_);
  if (!S_ISREG(status.st_mode)) fail("{}: expected a regular file", name_);
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void FileSource::read_at(std::uint64_t offset, char* out, std::size_t length) {
  if (offset > size_ || length > size_ - offset) {
    fail("{}: offset {}: expected {} more bytes, found the end at {}", name_, offset, length, size_);
  }
  while (length > 0) {
    const ssize_t got = ::pread(file_.number(), out, std::min(length, kCallBytesMax), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_errno(name_, fmt::format("offset {}: cannot be read", offset));
    if (got == 0) fail("{}: offset {}: expected {} more bytes, but the file has become shorter", name_, offset, length);
    out += got;
    offset += static_cast<std::uint64_t>(got);
    length -= static_cast<std::size_t>(got);
  }
}

std::unique_ptr<ByteSource> open_source(const std::string& path, std::uint64_t pipe_bytes_max) {
  const std::string name = name_for_reading(path);
  if (path != kStandardStream) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return std::make_unique<FileSource>(path);
  }
  return std::make_unique<OwnedSource>(name, read_whole(path, pipe_bytes_max));
}

Bytes read_whole(const std::string& path, std::uint64_t bytes_max) {
  const std::string name = name_for_reading(path);
  const Descriptor file(open_for_reading(path));
  if (file.number() < 0) fail_with_errno(name, "cannot be opened");
  status_of(file, name);
  return read_to_end(file, name, bytes_max);
}

FileSink::FileSink(const std::string& path)
    : name_(path == kStandardStream ? "standard output" : path),
      target_(target_of(path)),
      temporary_(target_.empty() ? std::string() : fmt::format("{}.{}.tmp", target_, ::getpid())),
      file_(open_for_writing(path, temporary_)) {
  if (file_.number() < 0) {
    temporary_.clear();
    fail_with_errno(name_, "cannot be opened for writing");
  }
}

FileSink::~FileSink() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void FileSink::write(BytesView data) {
  if (buffer_.size() + data.size() > kBufferBytes) flush();
  if (data.size() >= kBufferBytes) {
    write_all(file_, name_, data);
  } else {
    buffer_.append(data);
  }
}

void FileSink::flush() {
  // Cleared first: what failed once must not be written twice.
  const Bytes pending = std::exchange(buffer_, Bytes());
  write_all(file_, name_, pending);
}

void FileSink::finish() {
  RINGBACK_CHECK(file_.number() >= 0, "{} is finished once", name_);
  flush();
  if (target_.empty()) {
    if (::close(file_.release()) != 0) fail_with_errno(name_, "cannot be closed");
    return;
  }
  if (::fsync(file_.number()) != 0) fail_with_errno(name_, "cannot be flushed to disk");
  if (::close(file_.release()) != 0) fail_with_errno(name_, "cannot be closed");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_with_errno(name_, "cannot take its final name");
  temporary_.clear();
  sync_folder_of(target_);
}

}  // namespace ringback::host
