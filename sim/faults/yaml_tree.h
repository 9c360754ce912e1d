// A YAML document as a tree with positions: the checked way from a stranger's text to values.
//
// Narrower than YAML: one document in UTF-8; keys are plain text and unique; no aliases, so that nothing expands; no
// tags, so that nothing is another type than it looks. Limits: kYamlBytesMax, kYamlKeysMax, kYamlDepthMax. Nothing of
// yaml-cpp is seen outside yaml_tree.cc.
//
//   YamlTree root = parse_yaml("ehr.yaml", text);
//   root.refuse("a map");                      // throws Error "ehr.yaml:1:1: expected a map, found ..."
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/faults/schedule.h"
#include "src/base/bytes.h"

namespace ringback::sim {

inline constexpr std::size_t kYamlBytesMax = 1u << 20;
inline constexpr std::size_t kYamlKeysMax = 1000;  // of one map
inline constexpr int kYamlDepthMax = 16;           // maps and sequences inside one another

struct YamlEntry;

struct YamlTree {
  enum class Form { null, plain, quoted, sequence, map };

  Form form = Form::null;
  std::string text;                // of a plain or quoted scalar
  std::vector<YamlTree> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a map, in the order of the file
  Mark mark;

  bool is_scalar() const { return form == Form::plain || form == Form::quoted; }
  // Null where a map has no such key.
  const YamlTree* find(std::string_view key) const;
  // What stands there, for messages: "'abc'", "a sequence", "nothing".
  std::string shown() const;
  // Throws Error "place: expected `expected`, found ...", with a suggestion where `known` has a word near the text.
  [[noreturn]] void refuse(std::string_view expected, const std::vector<std::string_view>& known = {}) const;
  // Throws Error unless this is a map all of whose keys are in `keys`. `what` names it: "a fault".
  void check_map(std::string_view what, const std::vector<std::string_view>& keys) const;
};

struct YamlEntry {
  std::string key;
  Mark key_mark;
  YamlTree value;
};

// Throws Error (file:line:column) on anything that is not such a document. An empty document is a null tree.
YamlTree parse_yaml(std::string_view file_name, BytesView text);

}  // namespace ringback::sim
