// A path into a JSON document: $ is the whole, `.name` and `['name']` a member, `[3]` an element counted from 0.
//
//   const std::optional<JsonPath> path = JsonPath::parse("$.slots[0].id");
//   std::optional<Bytes> id = path->find(arguments);   // as canonical JSON; nothing where there is none
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::sim {

class JsonPath {
 public:
  static constexpr std::size_t kStepsMax = 32;

  // Nothing where `text` is no such path.
  static std::optional<JsonPath> parse(std::string_view text);
  // What stands there, as canonical JSON. Nothing where `json` is no JSON, or there is nothing.
  std::optional<Bytes> find(BytesView json) const;

 private:
  using Step = std::variant<std::string, std::size_t>;
  std::vector<Step> steps_;
};

}  // namespace ringback::sim
