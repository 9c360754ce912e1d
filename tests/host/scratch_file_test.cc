#include "src/host/scratch_file.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "src/base/error.h"
#include "tests/support/temporary_folder.h"

namespace ringback::host {
namespace {

Bytes read_back(ScratchFile& scratch, std::uint64_t offset, std::size_t length) {
  Bytes octets(length, '\0');
  scratch.read_at(offset, octets.data(), length);
  return octets;
}

TEST_CASE("a scratch file gives back what was put into it, and has no name") {
  const TemporaryFolder folder;
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  ScratchFile scratch;
  const Bytes large(3u << 20, 'x');
  const std::uint64_t first = scratch.append("one");
  const std::uint64_t second = scratch.append(large);
  const std::uint64_t third = scratch.append("three");
  CHECK(std::filesystem::is_empty(folder.path()));
  ::unsetenv("TMPDIR");
  CHECK(read_back(scratch, first, 3) == "one");
  CHECK(read_back(scratch, second, large.size()) == large);
  CHECK(read_back(scratch, third, 5) == "three");
  scratch.release(second, large.size());
  CHECK(read_back(scratch, first, 3) == "one");
  CHECK(read_back(scratch, third, 5) == "three");
}

TEST_CASE("a folder that takes no files is named") {
  ::setenv("TMPDIR", "/nowhere", 1);
  ScratchFile scratch;
  CHECK_THROWS_WITH(scratch.append("x"), Catch::Contains("/nowhere"));
  ::unsetenv("TMPDIR");
}

TEST_CASE("a forked process reads what its parent put there, and neither writes over the other") {
  ScratchFile scratch;
  const std::uint64_t before = scratch.append("parent");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::uint64_t own = scratch.append("child!");
    scratch.release(before, 6);
    const bool is_right = read_back(scratch, before, 6) == "parent" && read_back(scratch, own, 6) == "child!";
    ::_exit(is_right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  const std::uint64_t after = scratch.append("after!");
  CHECK(read_back(scratch, before, 6) == "parent");
  CHECK(read_back(scratch, after, 6) == "after!");
}

}  // namespace
}  // namespace ringback::host
