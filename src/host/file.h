// Files of the operating system as byte sources and sinks.
//
// A source is read by position (pread): nothing is mapped, so a file that shrinks under us is an Error and no crash.
// What cannot be positioned (standard input as "-", a pipe) is read into memory whole, up to kPipeBytesMax. A sink
// writes to a temporary name beside its target and takes the target's place in `finish`, so that a reader never sees
// half a file, and a failure leaves what was there. Every short write, failed flush to disk and failed rename is an
// Error.
//
//   auto source = host::open_source(path);             trace::Trace trace = trace::read_trace(*source);
//   host::FileSink sink(out_path);                     trace::write_trace(trace, sink);
//   sink.finish();
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/base/bytes.h"
#include "src/base/io.h"

namespace ringback::host {

// The name that stands for standard input or output.
inline constexpr std::string_view kStandardStream = "-";
// The most that is taken from something that can only be read once.
inline constexpr std::uint64_t kPipeBytesMax = std::uint64_t{1} << 30;

// Owns a file descriptor and closes it; -1 is none.
class Descriptor final {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  // Gives the number away; the caller closes it.
  int release();

 private:
  int number_;
};

// A regular file. Its size is taken when it is opened.
class FileSource final : public ByteSource {
 public:
  // Throws Error where `path` cannot be opened or is not a regular file; open_source takes those too.
  explicit FileSource(const std::string& path);
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t offset, char* out, std::size_t length) override;

 private:
  std::string name_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

// A FileSource for a regular file; otherwise ("-", a pipe, a terminal) everything up to the end, in memory. Throws
// Error where that is more than `pipe_bytes_max`.
std::unique_ptr<ByteSource> open_source(const std::string& path, std::uint64_t pipe_bytes_max = kPipeBytesMax);

// All of `path` ("-" for standard input). Throws Error where it holds more than `bytes_max`.
Bytes read_whole(const std::string& path, std::uint64_t bytes_max = kPipeBytesMax);

// Buffered. Destroyed before `finish`, it removes its temporary file and leaves the target as it was. "-", and what is
// there already and is not a regular file (/dev/null, a pipe), is written in place.
class FileSink final : public ByteSink {
 public:
  explicit FileSink(const std::string& path);
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  const std::string& name() const override { return name_; }
  void write(BytesView data) override;
  void flush() override;
  // Everything on disk, under the final name. Call once, last.
  void finish();

 private:
  std::string name_;
  std::string target_;     // what `finish` renames to; empty where the file is written in place
  std::string temporary_;  // empty once it has its final name
  Descriptor file_;
  Bytes buffer_;
};

}  // namespace ringback::host
