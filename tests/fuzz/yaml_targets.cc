// Any text as a fault schedule and as expectations: what is read reads back as equal.
#include "sim/check/expectations.h"
#include "sim/faults/parse.h"
#include "sim/faults/schedule.h"
#include "src/base/error.h"
#include "tests/fuzz/targets.h"

namespace ringback::fuzz {
namespace {

// Of what was read, another text; it may be longer than what a person may write, but not wrong.
template <class Value, class Parse>
void read_again(const Value& value, const std::string& text, const Parse& parse) {
  RINGBACK_CHECK(parse("again.yaml", text) == value, "what was written reads back as equal: {}", text);
}

void read_as_schedule(BytesView data) {
  const sim::Schedule schedule = sim::parse_schedule("fuzz.yaml", data);
  read_again(schedule, sim::to_yaml(schedule), sim::parse_schedule);
}

void read_as_expectations(BytesView data) {
  const sim::Expectations asked = sim::parse_expectations("fuzz.yaml", data);
  read_again(asked, sim::to_yaml(asked), sim::parse_expectations);
}

}  // namespace

std::vector<Target> yaml_targets() { return {{"schedule", read_as_schedule}, {"expectations", read_as_expectations}}; }

}  // namespace ringback::fuzz
