// docs/faults.md says of every action what the table of actions says. Runs in the project's root.
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "sim/faults/actions.h"
#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

std::string documentation() {
  const std::ifstream file("docs/faults.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The rows of the tables of actions, as "family: word: available".
std::vector<std::string> documented_actions(const std::string& text) {
  std::vector<std::string> actions;
  std::istringstream lines(text);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("### ")) family = line.substr(4);
    const std::size_t end = line.find('`', 3);
    if (!line.starts_with("| `") || end == std::string::npos) continue;
    const std::string shown = line.substr(3, end - 3);
    const std::size_t start = shown.find_first_not_of('{');
    const std::string word = shown.substr(start, shown.find_first_of(":}", start) - start);
    if (line.ends_with("| yes |") || line.ends_with("| no |")) {
      actions.push_back(fmt::format("{}: {}: {}", family, word, line.ends_with("| yes |") ? "yes" : "no"));
    }
  }
  return actions;
}

TEST_CASE("the documentation has every action, in order, and says whether it is available", "[docs]") {
  std::vector<std::string> expected;
  for (const ActionRow& row : action_table()) {
    expected.push_back(fmt::format("{}: {}: {}", name_of(row.family), row.word, row.is_available ? "yes" : "no"));
  }
  CHECK(documented_actions(documentation()) == expected);
}

TEST_CASE("every action is read as the documentation writes it", "[docs]") {
  std::istringstream lines(documentation());
  std::size_t read = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `") || !(line.ends_with("| yes |") || line.ends_with("| no |"))) continue;
    const std::string shown = line.substr(3, line.find('`', 3) - 3);
    INFO(shown);
    CHECK_NOTHROW(overlay(fmt::format("- {{where: x, do: {}}}", shown)));
    ++read;
  }
  CHECK(read == action_table().size());
}

TEST_CASE("every overlay in the documentation is read", "[docs]") {
  const std::string text = documentation();
  std::size_t read = 0;
  for (std::size_t at = text.find("```yaml\n"); at != std::string::npos; at = text.find("```yaml\n", at + 1)) {
    const std::size_t start = at + 8;
    CHECK_THAT(complaint(std::string_view(text).substr(start, text.find("```", start) - start)), Catch::Equals(""));
    ++read;
  }
  CHECK(read >= 2);
}

}  // namespace
}  // namespace ringback::sim
