// The overlay format as a JSON schema (draft 2020-12), for editors: docs/schema/faults.schema.json.
//
// Made from the table of actions, so that it knows every word that the parser knows; a test says when the file is old.
#pragma once

#include <string>

namespace ringback::sim {

std::string faults_json_schema();

}  // namespace ringback::sim
