#include "sim/agents/agent_spec.h"

#include "src/base/error.h"

namespace ringback::sim {

AgentSpec AgentSpec::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "builtin:";
  constexpr std::size_t kBytesMax = 4096;
  if (text.size() > kBytesMax) fail("--agent: expected at most {} characters, found {}", kBytesMax, text.size());
  if (text.substr(0, kPrefix.size()) != kPrefix) {
    fail("--agent: expected builtin:NAME, such as builtin:voice?retries=5, found '{}'", text);
  }
  AgentSpec spec;
  spec.text_ = text;
  std::string_view rest = text.substr(kPrefix.size());
  const std::size_t question = rest.find('?');
  spec.name_ = rest.substr(0, question);
  rest = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t ampersand = rest.find('&');
    const std::string_view option = rest.substr(0, ampersand);
    const std::size_t equals = option.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      fail("--agent: expected OPTION=VALUE after '?', found '{}' in '{}'", option, text);
    }
    if (!spec.options_.emplace(option.substr(0, equals), option.substr(equals + 1)).second) {
      fail("--agent: option '{}' is given twice in '{}'", option.substr(0, equals), text);
    }
    rest = ampersand == std::string_view::npos ? std::string_view() : rest.substr(ampersand + 1);
  }
  return spec;
}

}  // namespace ringback::sim
