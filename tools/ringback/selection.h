// Which channels of a trace a user means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/trace/trace.h"

namespace ringback::cli {

// Whether `pattern`, in which * stands for any characters, is all of `text`.
bool matches(std::string_view pattern, std::string_view text);

// The channels that any of some patterns selects, while their declarations pass by; all where there is no pattern. The
// control channel is called "control".
class ChannelSelection {
 public:
  explicit ChannelSelection(std::vector<std::string> patterns);

  void observe(const trace::ChannelTable& table);
  // Of a channel that was observed.
  bool has(trace::ChannelId id) const { return selected_[id]; }
  // After the last event: throws Error, naming the nearest channel, for a pattern that selected nothing.
  void expect_all_used(const trace::ChannelTable& table) const;

 private:
  void take(std::string_view name);

  std::vector<std::string> patterns_;
  std::vector<bool> used_;      // by pattern
  std::vector<bool> selected_;  // by channel id
};

}  // namespace ringback::cli
