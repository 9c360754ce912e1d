#include "src/formats/format.h"

#include <catch2/catch.hpp>

#include "src/formats/jsonl.h"

namespace ringback::formats {
namespace {

Importer claims_if_named(std::string name, std::string_view part) {
  return {.name = std::move(name),
          .description = "",
          .detect = [part](BytesView, std::string_view filename) { return filename.find(part) != filename.npos; },
          .read = [](std::span<const ImportInput>) { return trace::Trace(); }};
}

const std::vector<Importer> kImporters = {claims_if_named("apple", "a"), claims_if_named("berry", "b")};

TEST_CASE("a file goes to the one importer that claims it") {
  CHECK(detect_importer(kImporters, {.name = "a", .data = ""}).name == "apple");
  CHECK(detect_importer(kImporters, {.name = "b", .data = ""}).name == "berry");
}

TEST_CASE("a file that none or several importers claim is an error that names them") {
  CHECK_THROWS_WITH(detect_importer(kImporters, {.name = "c", .data = ""}),
                    Catch::StartsWith("c: byte 0: expected one of the known formats (apple, berry), found "));
  CHECK_THROWS_WITH(detect_importer(kImporters, {.name = "ab", .data = ""}),
                    Catch::StartsWith("ab: byte 0: expected one format, found what could be apple or berry"));
}

TEST_CASE("a format is found by its name, or the nearest is suggested") {
  CHECK(importer_named(kImporters, "berry").name == "berry");
  CHECK_THROWS_WITH(importer_named(kImporters, "bery"),
                    "no format 'bery' to import (did you mean 'berry'?); known: apple, berry");
  CHECK_THROWS_WITH(exporter_named(std::vector<Exporter>{jsonl_exporter()}, "pdf"),
                    "no format 'pdf' to export; known: jsonl");
}

TEST_CASE("JSON lines are known by their first line alone") {
  const Importer jsonl = jsonl_importer();
  CHECK(jsonl.detect(R"({"ringback":"jsonl","version":1})", "x"));
  CHECK(jsonl.detect("  { \"version\": 1, \"ringback\": \"jsonl\" }\n{}", "x"));
  CHECK_FALSE(jsonl.detect("{}\n{\"ringback\":\"jsonl\"}", "x.jsonl"));
  CHECK_FALSE(jsonl.detect("", "x.jsonl"));
}

}  // namespace
}  // namespace ringback::formats
