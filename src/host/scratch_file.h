// Room on disk that nobody else sees: a file without a name in the folder for temporary files (TMPDIR, else /tmp).
//
// Nothing is opened before the first octet is put there. What is released is given back to the file system where that
// can do so. A process that was forked from this one reads what its parent put there and appends to a file of its own.
//
//   auto scratch = std::make_shared<host::ScratchFile>();
//   trace::Trace trace = trace::read_trace(*source, scratch);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <list>

#include "src/base/io.h"
#include "src/host/file.h"

namespace ringback::host {

class ScratchFile final : public Scratch {
 public:
  // Throws Error where no file can be made, or the disk is full.
  std::uint64_t append(BytesView data) override;
  void read_at(std::uint64_t offset, char* out, std::size_t length) override;
  void release(std::uint64_t offset, std::size_t length) noexcept override;

 private:
  // Offsets have the number of the file in front.
  static constexpr int kFileShift = 48;
  struct File {
    File(int number, pid_t owner_in) : file(number), owner(owner_in) {}

    Descriptor file;
    pid_t owner;
    std::uint64_t size = 0;
  };
  File& own_file();

  std::list<File> files_;
};

}  // namespace ringback::host
