// YAML data as JSON text, for formats that keep JSON in YAML files.
//
// Plain scalars are resolved as the usual dumpers write them: null, true and false, whole numbers, numbers with a
// decimal point; everything else, and everything quoted, is a string. Keys keep their order. Numbers keep their digits.
#pragma once

#include <string_view>

#include "src/base/bytes.h"

namespace YAML {
class Node;
}

namespace ringback::formats {

inline constexpr int kYamlDepthMax = 64;

// Parses one YAML document. Throws Error ("NAME: line N: expected YAML, found ...") where it is not YAML.
YAML::Node parse_yaml(std::string_view name, BytesView data);
// "NAME: line N", for messages.
std::string place_of(std::string_view name, const YAML::Node& node);
// Throws Error where the tree is deeper than kYamlDepthMax, its JSON is larger than a trace takes, a key is not a
// scalar, or a tag is not one of JSON's types.
Bytes json_of_yaml(std::string_view name, const YAML::Node& node);
// JSON's text of a YAML number as dumpers write them (-12, 0.5, 1.0e-05, 3.), or empty where `text` is none.
Bytes json_number_of_yaml(std::string_view text);

}  // namespace ringback::formats
