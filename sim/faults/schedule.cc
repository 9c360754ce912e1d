#include "sim/faults/schedule.h"

#include <iterator>
#include <map>
#include <set>

#include "src/base/error.h"

namespace ringback::sim {
namespace {

void check_size(std::size_t size, std::string_view what) {
  if (size > kFaultsMax) fail("expected at most {} {} in all overlays together, found {}", kFaultsMax, what, size);
}

std::set<std::string, std::less<>> written_ids(const std::vector<Fault>& faults) {
  std::map<std::string_view, const Fault*> seen;
  std::set<std::string, std::less<>> ids;
  for (const Fault& fault : faults) {
    if (fault.id_is_default) continue;
    const auto [other, is_new] = seen.emplace(fault.id, &fault);
    if (!is_new) {
      fail("{}: expected an id of its own, found '{}', which stands at {} too", place_of(fault.mark), fault.id,
           place_of(other->second->mark));
    }
    ids.insert(fault.id);
  }
  return ids;
}

// fault-1, fault-2, ... by position; where somebody has written that id, the next free number.
void number_anew(std::vector<Fault>& faults) {
  std::set<std::string, std::less<>> taken = written_ids(faults);
  std::size_t number = 0;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (!faults[i].id_is_default) continue;
    number = std::max(number, i) + 1;
    while (taken.contains(fmt::format("fault-{}", number))) ++number;
    faults[i].id = fmt::format("fault-{}", number);
    taken.insert(faults[i].id);
  }
}

}  // namespace

std::string place_of(const Mark& mark) { return fmt::format("{}:{}:{}", mark.file, mark.line, mark.column); }

std::string to_text(const IntegerRange& range) {
  if (range.last == IntegerRange::kOpenEnd) return fmt::format("{}..", range.first);
  if (range.first == range.last) return fmt::format("{}", range.first);
  return fmt::format("{}..{}", range.first, range.last);
}

bool selects(std::string_view selector, std::string_view name) {
  // Greedy with one point to come back to: the last `*` and where in the name it stopped. Quadratic at worst.
  std::size_t s = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry_from = 0;
  while (n < name.size()) {
    if (s < selector.size() && selector[s] == '*') {
      star = s++;
      retry_from = n;
    } else if (s < selector.size() && selector[s] == name[n]) {
      ++s;
      ++n;
    } else if (star != std::string_view::npos) {
      s = star + 1;
      n = ++retry_from;
    } else {
      return false;
    }
  }
  while (s < selector.size() && selector[s] == '*') ++s;
  return s == selector.size();
}

Schedule merge(const std::vector<Schedule>& schedules) {
  Schedule all;
  for (const Schedule& schedule : schedules) {
    all.faults.insert(all.faults.end(), schedule.faults.begin(), schedule.faults.end());
    all.answers.insert(all.answers.end(), schedule.answers.begin(), schedule.answers.end());
    all.binds.insert(all.binds.end(), schedule.binds.begin(), schedule.binds.end());
    all.sinks.insert(all.sinks.end(), schedule.sinks.begin(), schedule.sinks.end());
    check_size(all.faults.size(), "faults");
    check_size(all.answers.size(), "answers");
    check_size(all.binds.size(), "binds");
    check_size(all.sinks.size(), "sinks");
  }
  number_anew(all.faults);
  return all;
}

}  // namespace ringback::sim
