// A TraceDifference as lines for people.
#include <algorithm>

#include "src/trace/diff.h"

namespace ringback::trace {
namespace {

constexpr std::size_t kValueWidth = 72;
// How much of what is the same is shown before the place where two values part.
constexpr std::size_t kSameBefore = 16;

std::string window_of(const std::optional<NamedValue>& value, std::size_t parting) {
  if (!value.has_value()) return "(none)";
  const std::size_t start = parting > kSameBefore ? parting - kSameBefore : 0;
  if (start == 0) return to_line(value->value, kValueWidth);
  return fmt::format("...{} (from octet {})", to_line(BytesView(value->value).substr(start), kValueWidth), start);
}

// The first octet in which two values differ.
std::size_t parting_of(const ValueDifference& difference) {
  if (!difference.left.has_value() || !difference.right.has_value()) return 0;
  const Bytes& left = difference.left->value;
  const Bytes& right = difference.right->value;
  const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  return static_cast<std::size_t>(at - left.begin());
}

// People count events from 1.
std::string to_text(const FirstDifference& first, const DiffNames& names) {
  std::string text = fmt::format("first difference at event {}\n", first.number + 1);
  if (!first.context.empty()) text += "the same before it, on the channels concerned:\n";
  for (const ContextEvent& event : first.context) text += fmt::format("  {:>8}  {}\n", event.number + 1, event.summary);
  text += fmt::format("{}:\n  {:>8}  {}\n", names.left, first.number + 1,
                      first.left ? first.left_summary : "(the trace ends)");
  text += fmt::format("{}:\n  {:>8}  {}\n", names.right, first.number + 1,
                      first.right ? first.right_summary : "(the trace ends)");
  for (const ValueDifference& value : first.values) {
    const std::size_t parting = parting_of(value);
    text += fmt::format("  {} differs:\n    - {}\n    + {}\n", value.name, window_of(value.left, parting),
                        window_of(value.right, parting));
  }
  return text;
}

}  // namespace

std::string to_text(const TraceDifference& difference, const DiffNames& names) {
  if (difference.equal()) return fmt::format("the same {} events\n", difference.left_events);
  std::string text = to_text(*difference.first, names);
  text += fmt::format("events: {} in {}, {} in {}\n", difference.left_events, names.left, difference.right_events,
                      names.right);
  for (const ChannelCounts& channel : difference.channels) {
    text += fmt::format("  {:>10} {:>10}  {}{}\n", channel.left, channel.right, channel.name,
                        channel.left == channel.right ? "" : "  *");
  }
  return text;
}

}  // namespace ringback::trace
