#include "tools/ringback/text.h"

#include <catch2/catch.hpp>

namespace ringback::cli {
namespace {

TEST_CASE("numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
}

TEST_CASE("sizes have one decimal and the largest unit that leaves a whole number") {
  CHECK(size_text(0) == "0 B");
  CHECK(size_text(999) == "999 B");
  CHECK(size_text(1000) == "1.0 kB");
  CHECK(size_text(33'899) == "33.8 kB");
  CHECK(size_text(2'100'000) == "2.1 MB");
  CHECK(size_text(5'000'000'000'000) == "5,000.0 GB");
}

TEST_CASE("one is singular") {
  CHECK(counted(1, "event") == "1 event");
  CHECK(counted(0, "event") == "0 events");
}

TEST_CASE("octets that are no text are shown, not printed") {
  CHECK(printable("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(printable("a\xff\n") == "a\\xff\\x0a");
}

TEST_CASE("a table aligns by characters and leaves no spaces at line ends") {
  Table table({{"name"}, {"n", Alignment::right}, {""}});
  table.add({"\xc3\xa9", "1", "x"});
  table.add({"long name", "12,000", ""});
  CHECK(table.text(2) ==
        "  name            n\n"
        "  \xc3\xa9               1  x\n"
        "  long name  12,000\n");
}

}  // namespace
}  // namespace ringback::cli
