#include "src/host/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "src/base/error.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"

namespace ringback::host {
namespace {

namespace fs = std::filesystem;

void put(const std::string& path, BytesView data) { std::ofstream(path, std::ios::binary) << data; }

std::string get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// Puts `data` into a pipe that becomes standard input for as long as this lives.
class PipedInput {
 public:
  explicit PipedInput(BytesView data) : saved_(::dup(STDIN_FILENO)) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], data.data(), data.size()) == static_cast<ssize_t>(data.size()));
    ::close(ends[1]);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
  }
  ~PipedInput() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

TEST_CASE("a file source gives the bytes at any position") {
  const TemporaryFolder folder;
  put(folder.file("a"), "0123456789");
  FileSource source(folder.file("a"));
  CHECK(source.size() == 10);
  char out[4];
  source.read_at(6, out, 4);
  CHECK(std::string_view(out, 4) == "6789");
  source.read_at(10, out, 0);
}

TEST_CASE("reading past the end of a file names offset and end") {
  const TemporaryFolder folder;
  put(folder.file("a"), "0123456789");
  FileSource source(folder.file("a"));
  char out[4];
  CHECK_THROWS_WITH(source.read_at(8, out, 4), Catch::Contains("offset 8: expected 4 more bytes, found the end at 10"));
  CHECK_THROWS_AS(source.read_at(UINT64_MAX, out, 4), Error);
}

TEST_CASE("a file that becomes shorter while it is read is an error") {
  const TemporaryFolder folder;
  put(folder.file("a"), "0123456789");
  FileSource source(folder.file("a"));
  fs::resize_file(folder.file("a"), 5);
  char out[8];
  CHECK_THROWS_WITH(source.read_at(0, out, 8), Catch::Contains("has become shorter"));
}

TEST_CASE("a file that is missing or a folder is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(open_source(folder.file("none")), Catch::Contains("none: cannot be opened: No such file"));
  CHECK_THROWS_WITH(FileSource(folder.path()), Catch::Contains("is a directory"));
  CHECK_THROWS_WITH(open_source(folder.path()), Catch::Contains("is a directory"));
  CHECK_THROWS_WITH(FileSink(folder.path()), Catch::Contains("is a directory"));
  CHECK_THROWS_WITH(FileSink(folder.file("no/such/folder")), Catch::Contains("cannot be opened for writing"));
}

TEST_CASE("standard input is read whole and can be read by position") {
  const PipedInput input("abcdef");
  const auto source = open_source("-");
  CHECK(source->name() == "standard input");
  CHECK(source->size() == 6);
  char out[2];
  source->read_at(3, out, 2);
  CHECK(std::string_view(out, 2) == "de");
}

TEST_CASE("more on standard input than the limit is refused") {
  {
    const PipedInput input("abcdef");
    CHECK_THROWS_WITH(open_source("-", 5), Catch::Contains("standard input: holds more than 5 bytes"));
  }
  const PipedInput input("abcdef");
  CHECK(open_source("-", 6)->size() == 6);
}

TEST_CASE("read_whole has a limit") {
  const TemporaryFolder folder;
  put(folder.file("a"), "0123456789");
  CHECK(read_whole(folder.file("a"), 10) == "0123456789");
  CHECK_THROWS_AS(read_whole(folder.file("a"), 9), Error);
}

TEST_CASE("a sink has its final name only after finish") {
  const TemporaryFolder folder;
  {
    FileSink sink(folder.file("out"));
    sink.write("one ");
    sink.flush();
    CHECK_FALSE(fs::exists(folder.file("out")));
    sink.write("two");
    sink.finish();
  }
  CHECK(get(folder.file("out")) == "one two");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a sink that is not finished leaves what was there, and nothing beside it") {
  const TemporaryFolder folder;
  put(folder.file("out"), "old");
  {
    FileSink sink(folder.file("out"));
    sink.write("new");
    sink.flush();
  }
  CHECK(get(folder.file("out")) == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a sink takes writes larger than its buffer in order") {
  const TemporaryFolder folder;
  std::string expected;
  FileSink sink(folder.file("out"));
  for (const std::size_t size : {1u, 200'000u, 70'000u, 1'000'000u, 3u}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    sink.write(piece);
    expected += piece;
  }
  sink.finish();
  CHECK(get(folder.file("out")) == expected);
}

TEST_CASE("a sink writes through a symbolic link and keeps it") {
  const TemporaryFolder folder;
  put(folder.file("real"), "old");
  fs::create_symlink(folder.file("real"), folder.file("link"));
  FileSink sink(folder.file("link"));
  sink.write("new");
  sink.finish();
  CHECK(fs::is_symlink(folder.file("link")));
  CHECK(get(folder.file("real")) == "new");
}

TEST_CASE("a full disk is an error, not a short file") {
  if (!fs::exists("/dev/full")) return skip("/dev/full is not there");
  FileSink sink("/dev/full");
  sink.write("x");
  CHECK_THROWS_WITH(sink.finish(), Catch::Contains("No space left"));
}

}  // namespace
}  // namespace ringback::host
