#include "tools/ringback/selection.h"

#include "src/base/error.h"
#include "src/base/suggest.h"

namespace ringback::cli {
namespace {

constexpr std::string_view kControlName = "control";

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  while (!pattern.empty() && pattern.front() != '*') {
    if (text.empty() || text.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  if (pattern.empty()) return text.empty();
  // Literal pieces between stars are found from left to right, each as early as it can be; the last must end the text.
  while (true) {
    pattern.remove_prefix(1);
    const std::size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    if (star == std::string_view::npos)
      return text.size() >= piece.size() && text.substr(text.size() - piece.size()) == piece;
    const std::size_t found = text.find(piece);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + piece.size());
    pattern.remove_prefix(star);
  }
}

ChannelSelection::ChannelSelection(std::vector<std::string> patterns)
    : patterns_(std::move(patterns)), used_(patterns_.size()) {
  take(kControlName);
}

void ChannelSelection::observe(const trace::ChannelTable& table) {
  while (selected_.size() <= table.channels().size()) take(table.channels()[selected_.size() - 1].name);
}

void ChannelSelection::expect_all_used(const trace::ChannelTable& table) const {
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (used_[i]) continue;
    std::vector<std::string_view> names = {kControlName};
    for (const trace::Channel& channel : table.channels()) names.push_back(channel.name);
    const std::string nearest = nearest_word(patterns_[i], names);
    fail("--channel: no channel '{}'{}", patterns_[i],
         nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
  }
}

void ChannelSelection::take(std::string_view name) {
  bool selected = patterns_.empty();
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (!matches(patterns_[i], name)) continue;
    selected = true;
    used_[i] = true;
  }
  selected_.push_back(selected);
}

}  // namespace ringback::cli
