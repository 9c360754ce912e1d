#include "sim/agents/agent_kind.h"

#include <algorithm>
#include <set>

#include "sim/agents/builtin.h"
#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::sim {
namespace {

std::vector<std::string> labels(std::span<const AgentKind> own) {
  std::vector<std::string> all;
  for (const AgentKind& kind : builtin_agents()) all.push_back("builtin:" + kind.name);
  for (const AgentKind& kind : own) all.push_back("own:" + kind.name);
  return all;
}

const AgentKind* find_kind(std::span<const AgentKind> kinds, const std::string& name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const AgentKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

bool is_name(const std::string& name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return !name.empty() && name.find_first_not_of(kAllowed) == std::string::npos;
}

}  // namespace

void check_agent_kinds(std::span<const AgentKind> own) {
  std::set<std::string> names;
  for (const AgentKind& kind : own) {
    if (!is_name(kind.name)) {
      fail("agents: expected a name of lower-case letters, digits, - and _, found '{}'", kind.name);
    }
    if (!names.insert(kind.name).second) fail("agents: two of them are called '{}'", kind.name);
    if (!kind.make) fail("agents: nothing makes the agent '{}'", kind.name);
  }
}

std::unique_ptr<Agent> make_agent(const AgentSpec& spec, std::span<const AgentKind> own) {
  if (spec.family() == AgentFamily::builtin) return make_builtin_agent(spec);
  if (const AgentKind* kind = find_kind(own, spec.name())) return kind->make(spec);
  const std::vector<std::string> all = labels(own);
  const std::vector<std::string_view> words(all.begin(), all.end());
  const std::string nearest = nearest_word(spec.label(), words);
  fail("--agent: there is no agent '{}' in this program{}; there is {}", spec.label(),
       nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), fmt::join(all, ", "));
}

std::string agents_help(std::span<const AgentKind> own) {
  std::vector<AgentKind> kinds = builtin_agents();
  kinds.insert(kinds.end(), own.begin(), own.end());
  const std::vector<std::string> names = labels(own);
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  std::string text;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    text += fmt::format("  {:<{}}  {}\n", names[i], width, kinds[i].summary);
  }
  return text;
}

}  // namespace ringback::sim
