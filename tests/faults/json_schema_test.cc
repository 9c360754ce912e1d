// docs/schema/faults.schema.json is what the table of actions gives. Runs in the project's root.
#include "sim/faults/json_schema.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include "sim/faults/actions.h"
#include "tests/support/golden.h"

namespace ringback::sim {
namespace {

TEST_CASE("the schema is up to date", "[schema]") {
  expect_golden("docs/schema/faults.schema.json", faults_json_schema());
}

TEST_CASE("the schema is JSON and has every action", "[schema]") {
  const std::string text = faults_json_schema();
  const boost::json::value schema = boost::json::parse(text);
  const auto& forms = schema.at("$defs").at("action").at("anyOf").as_array();
  CHECK(forms.size() >= action_words().size());
  for (const std::string_view word : action_words()) {
    INFO(word);
    CHECK(text.find(fmt::format("\"{}\"", word)) != std::string::npos);
  }
}

}  // namespace
}  // namespace ringback::sim
