// Where bytes come from and go to, without saying what they are: the trace module reads and writes through these, the
// host module implements them on files.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/bytes.h"

namespace ringback {

// Random access to a fixed number of bytes.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // For messages: a path, or "standard input".
  virtual const std::string& name() const = 0;
  virtual std::uint64_t size() const = 0;
  // Exactly `length` bytes from `offset` into `out`. Throws Error where the source ends before, or the OS refuses.
  virtual void read_at(std::uint64_t offset, char* out, std::size_t length) = 0;
};

// Takes bytes in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual const std::string& name() const = 0;
  // Takes all of `data` or throws Error (a full disk, a closed pipe).
  virtual void write(BytesView data) = 0;
  // Hands everything on to the operating system; throws Error where that fails.
  virtual void flush() = 0;
};

// A source over bytes in memory. The bytes must outlive it.
class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string name, BytesView data) : name_(std::move(name)), data_(data) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return data_.size(); }
  void read_at(std::uint64_t offset, char* out, std::size_t length) override;

 private:
  std::string name_;
  BytesView data_;
};

// A sink that keeps what it is given.
class MemorySink final : public ByteSink {
 public:
  const std::string& name() const override { return name_; }
  void write(BytesView data) override { data_.append(data); }
  void flush() override {}
  const Bytes& data() const { return data_; }

 private:
  std::string name_ = "memory";
  Bytes data_;
};

// Room for what does not have to be in memory. What is put there is gone with it.
class Scratch {
 public:
  virtual ~Scratch() = default;
  // Takes all of `data` and returns where it begins. Throws Error where there is no more room.
  virtual std::uint64_t append(BytesView data) = 0;
  // Exactly `length` bytes, which were appended, from `offset` into `out`. Throws Error where the OS refuses.
  virtual void read_at(std::uint64_t offset, char* out, std::size_t length) = 0;
  // These are not needed any more.
  virtual void release(std::uint64_t offset, std::size_t length) noexcept = 0;
};

}  // namespace ringback
