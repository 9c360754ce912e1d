// The tables in docs/trace-format.md say what the code does. The working folder is the project's root.
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "src/trace/bodies.h"

namespace ringback::trace {
namespace {

// Lists the fields of a body as the document does: "1 `status` integer, 2 `body` text".
struct FieldLister {
  std::string& line;
  void operator()(std::uint8_t tag, const char* name, std::int64_t&) const { add(tag, name, "integer"); }
  void operator()(std::uint8_t tag, const char* name, Bytes&, FieldForm form) const {
    add(tag, name, form == FieldForm::text ? "text" : "octets");
  }
  void add(std::uint8_t tag, const char* name, const char* form) const {
    line += fmt::format("{}{} `{}` {}", line.empty() ? "" : ", ", tag, name, form);
  }
};

// "| 33 | message | 1 `text` text |"; empty where there is no such kind.
std::string table_line(int number) {
  const auto kind = static_cast<EventKind>(number);
  std::string fields;
  const bool is_known = with_body_type(kind, [&]<class Body>() {
    Body body;
    Body::describe(body, FieldLister{fields});
  });
  if (!is_known) return {};
  return fmt::format("| {} | {} | {} |", number, name_of(kind), fields.empty() ? "none" : fields);
}

TEST_CASE("the document lists every kind with its fields") {
  std::ifstream file("docs/trace-format.md");
  REQUIRE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  for (int number = 0; number < 65536; ++number) {
    const std::string line = table_line(number);
    if (!line.empty()) CHECK_THAT(text.str(), Catch::Contains(line));
  }
}

}  // namespace
}  // namespace ringback::trace
