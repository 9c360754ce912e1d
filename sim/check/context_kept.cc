// context_kept: after a reconnect the model is told the last `turns` things that were said, before it answers.
//
// A thing that was said is told where its sentences stand in what the agent sent on the new connection before the first
// response (created items, instructions; to a completion model: the whole request after something was lost), whatever
// their case and punctuation. Where the run has no words of them, as many created items are enough.
#include <algorithm>
#include <set>

#include "sim/check/plain_words.h"
#include "sim/check/property.h"
#include "sim/check/requests.h"
#include "src/base/error.h"

namespace ringback::sim {
namespace {

// Whether each sentence of `text` stands in `told`, which is plain.
bool stands_in(std::string_view told, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(".?!"), text.size());
    if (told.find(plain_words(text.substr(0, end))) == std::string_view::npos) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

// What both sides had said when the session was opened, in order. What the caller is still saying then, the new session
// hears.
std::vector<const Spoken*> said_before(const Timeline& timeline, VirtualTime opened) {
  std::vector<const Spoken*> said;
  for (const Spoken& spoken : timeline.caller) {
    if (spoken.begin < opened && spoken.end <= opened) said.push_back(&spoken);
  }
  for (const Spoken& spoken : timeline.agent) {
    if (spoken.begin < opened) said.push_back(&spoken);
  }
  std::stable_sort(said.begin(), said.end(), [](const Spoken* a, const Spoken* b) { return a->begin < b->begin; });
  return said;
}

// What of it had been said by then: an agent that talks on says more in the same breath.
std::string text_until(const Timeline& timeline, const Spoken& spoken, VirtualTime until) {
  std::string text = spoken.text;
  for (auto words = timeline.agent_words.rbegin(); words != timeline.agent_words.rend() && words->at > until; ++words) {
    if (words->at >= spoken.end || !text.ends_with(words->text)) continue;
    text.resize(text.size() - words->text.size());
    while (text.ends_with(' ')) text.pop_back();
  }
  return text;
}

}  // namespace

Finding check_context_kept(const Timeline& timeline, const ContextKept& limit) {
  Finding finding{.rests_until = VirtualTime()};
  std::size_t reconnects = 0;
  std::size_t lost = 0;
  std::set<std::string> channels;
  for (const ModelSession& session : timeline.sessions) {
    const bool is_first = channels.insert(session.channel).second;
    if (is_first || !session.first_response) continue;
    const std::vector<const Spoken*> said = said_before(timeline, session.opened);
    const std::uint64_t known = said.size();
    if (known == 0) continue;  // nothing had been said yet
    ++reconnects;
    finding.rests_until = *session.first_response;
    const std::uint64_t wanted = std::min(limit.turns, known);
    const std::string told = plain_words(session.told);
    std::uint64_t missing = 0;
    std::uint64_t wordless = 0;
    std::string example;
    for (auto spoken = said.end() - static_cast<std::ptrdiff_t>(wanted); spoken != said.end(); ++spoken) {
      const std::string text = text_until(timeline, **spoken, session.opened);
      if (plain_words(text).empty()) {
        ++wordless;
      } else if (!stands_in(told, text)) {
        ++missing;
        example = text;
      }
    }
    if (wordless > 0 && session.items_told < wordless) missing += wordless - session.items_told;
    if (missing == 0) continue;
    ++lost;
    finding.add({.at = *session.first_response,
                 .event = session.event,
                 .text = fmt::format("the new session answers without {} of the last {} things said{}", missing, wanted,
                                     example.empty() ? "" : fmt::format(", such as \"{}\"", one_line(example, 60)))});
  }
  finding.verdict = lost == 0 ? Verdict::held : Verdict::failed;
  finding.text = reconnects == 0 ? "no reconnect in a conversation" : fmt::format("lost in {} of {}", lost, reconnects);
  return finding;
}

}  // namespace ringback::sim
