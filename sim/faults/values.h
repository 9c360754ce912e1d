// The small values of an overlay, each read from one scalar: exact integers, ratios, ranges, times, sizes.
// All throw Error (file:line:column: expected ..., found ...).
#pragma once

#include <cstdint>

#include "sim/faults/schedule.h"
#include "sim/faults/yaml_tree.h"

namespace ringback::sim {

// What a number may be; both ends belong to it. `what` names it in the message: "a status".
struct Bounds {
  std::string_view what;
  std::int64_t least = 0;
  std::int64_t most = INT64_MAX;
};

// Any scalar as it stands there, quoted or not. An empty text must be quoted.
const std::string& read_text(const YamlTree& tree, std::string_view what);
bool read_boolean(const YamlTree& tree, std::string_view what);
std::int64_t read_integer(const YamlTree& tree, const Bounds& bounds);
// `3`, `1..5`, `2..`; nothing below `least`.
IntegerRange read_range(const YamlTree& tree, std::string_view what, std::uint64_t least);
// `1/5`, `0`, `1`: from 0 to 1.
Ratio read_probability(const YamlTree& tree);
// `4`, `3/2`: above 0.
Ratio read_factor(const YamlTree& tree);
// `8MB`, `64KiB`, `120B`, `120`: k and M count by 1000, Ki and Mi by 1024.
std::int64_t read_size(const YamlTree& tree, const Bounds& bounds);
// A size and `/s`.
std::int64_t read_rate(const YamlTree& tree, const Bounds& bounds);
// From 0 to kScheduleTimeMax.
Duration read_time(const YamlTree& tree, std::string_view what);
// More than 0.
Duration read_duration(const YamlTree& tree, std::string_view what);
// With or without a sign; not 0.
Duration read_signed_duration(const YamlTree& tree, std::string_view what);
// A map of YAML values as one line of JSON with the keys in the file's order: quoted text is a string; plain text is
// what JSON takes it for, and a string where JSON knows no such value.
Bytes read_json_object(const YamlTree& tree, std::string_view what);

}  // namespace ringback::sim
