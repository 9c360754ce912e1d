// What a scenario's Realtime session says of itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/formats/scenario.h"

namespace ringback::formats {

// The `session` object: instructions, tools, G.711 both ways, server voice activity detection. `id` is empty in what
// the client sends. `prompt`: that the session is configured with; nothing: the first.
Bytes session_json(const Scenario& scenario, std::string_view id, std::optional<std::size_t> prompt = {});
// Words with the space before them: what the transcript's deltas carry.
std::vector<std::string> tokens_of(const std::string& text);

}  // namespace ringback::formats
