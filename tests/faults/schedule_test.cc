#include "sim/faults/schedule.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "tests/faults/overlays.h"

namespace ringback::sim {
namespace {

TEST_CASE("a star in a selector stands for any characters, all else for itself") {
  struct Row {
    const char* selector;
    const char* name;
    bool is_selected;
  };
  const Row rows[] = {{"model", "model", true},
                      {"model", "model2", false},
                      {"model", "mode", false},
                      {"*", "", true},
                      {"*", "anything", true},
                      {"tool:crm.*", "tool:crm.find", true},
                      {"tool:crm.*", "tool:crm.", true},
                      {"tool:crm.*", "tool:crm", false},
                      {"tool:*.find", "tool:crm.find", true},
                      {"*.audio", "caller.audio", true},
                      {"a*b*c", "aXbYc", true},
                      {"a*b*c", "aXcYb", false},
                      {"a**", "a", true},
                      {"", "", true},
                      {"", "a", false},
                      {"tool:c?m", "tool:crm", false}};
  for (const Row& row : rows) {
    INFO(row.selector << " on " << row.name);
    CHECK(selects(row.selector, row.name) == row.is_selected);
  }
}

TEST_CASE("cutting any piece out of a name and putting a star there selects the name") {
  const bool held = rc::check([](const std::string& before, const std::string& cut, const std::string& after) {
    RC_ASSERT(selects(before + "*" + after, before + cut + after));
  });
  REQUIRE(held);
}

TEST_CASE("a selector full of stars is decided quickly") {
  std::string selector;
  for (int i = 0; i < 127; ++i) selector += "a*";
  CHECK_FALSE(selects(selector + "b", std::string(255, 'a')));
}

TEST_CASE("faults without an id are numbered by position") {
  const Schedule schedule = overlay("- {where: m, do: cut}\n- {id: x, where: m, do: cut}\n- {where: m, do: cut}");
  CHECK(schedule.faults[0].id == "fault-1");
  CHECK(schedule.faults[1].id == "x");
  CHECK(schedule.faults[2].id == "fault-3");
}

TEST_CASE("a number that somebody wrote as an id is passed over") {
  const Schedule schedule = overlay("- {where: m, do: cut}\n- {id: fault-1, where: m, do: cut}\n- {where: m, do: cut}");
  CHECK(schedule.faults[0].id == "fault-2");
  CHECK(schedule.faults[2].id == "fault-3");
}

TEST_CASE("overlays are laid over one another in order, and unwritten ids stay unique") {
  const Schedule first = overlay("- {where: a, do: cut}\n- {id: x, where: b, do: cut}");
  const Schedule second = overlay("- {where: c, do: cut}");
  const Schedule all = merge({first, second});
  REQUIRE(all.faults.size() == 3);
  CHECK(all.faults[0].where == "a");
  CHECK(all.faults[2].where == "c");
  CHECK(all.faults[2].id == "fault-3");
}

TEST_CASE("an id that two overlays wrote is refused with both places") {
  const Schedule first = parse_schedule("a.yaml", "ringback: 1\nfaults: [{id: x, where: m, do: cut}]");
  const Schedule second = parse_schedule("b.yaml", "ringback: 1\nfaults:\n- {id: x, where: m, do: cut}");
  CHECK_THROWS_WITH(merge({first, second}),
                    "b.yaml:3:3: expected an id of its own, found 'x', which stands at a.yaml:2:10 too");
}

TEST_CASE("overlays together have the limit of one") {
  Schedule half;
  half.faults.resize(kFaultsMax / 2 + 1, Fault{.id_is_default = true, .where = "m"});
  CHECK_NOTHROW(merge({half}));
  CHECK_THROWS_WITH(merge({half, half}), "expected at most 10000 faults in all overlays together, found 10002");
}

TEST_CASE("where a fault was written is no part of what it says") {
  CHECK(overlay("- {where: m, do: cut}") == overlay("# a comment\n- where: m\n  do: cut"));
  CHECK_FALSE(overlay("- {where: m, do: cut}") == overlay("- {where: m, do: reset}"));
}

}  // namespace
}  // namespace ringback::sim
