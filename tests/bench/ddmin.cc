#include "tests/bench/ddmin.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace ringback::bench {
namespace {

using sim::Subset;

class Questions {
 public:
  explicit Questions(const sim::FailsWith& fails) : fails_(fails) {}
  bool ask(const Subset& kept) {
    const auto known = answers_.find(kept);
    if (known != answers_.end()) return known->second;
    ++asked_;
    return answers_.emplace(kept, fails_(kept)).first->second;
  }
  std::uint64_t asked() const { return asked_; }

 private:
  const sim::FailsWith& fails_;
  std::map<Subset, bool> answers_;
  std::uint64_t asked_ = 0;
};

// `parts` nearly equal pieces, one after the other.
std::vector<Subset> split(const Subset& whole, std::size_t parts) {
  std::vector<Subset> pieces;
  for (std::size_t i = 0; i < parts; ++i) {
    const auto at = [&](std::size_t part) {
      return whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * part / parts);
    };
    pieces.emplace_back(at(i), at(i + 1));
  }
  return pieces;
}

Subset without(const Subset& whole, const Subset& piece) {
  Subset rest;
  std::set_difference(whole.begin(), whole.end(), piece.begin(), piece.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

sim::Minimized ddmin(std::size_t count, const sim::FailsWith& fails) {
  Questions questions(fails);
  Subset whole(count);
  std::iota(whole.begin(), whole.end(), std::size_t{0});
  std::size_t parts = 2;
  while (whole.size() >= 2) {
    const std::vector<Subset> pieces = split(whole, parts);
    const auto one =
        std::find_if(pieces.begin(), pieces.end(), [&](const Subset& each) { return questions.ask(each); });
    if (one != pieces.end()) {
      whole = *one;
      parts = 2;
      continue;
    }
    const auto rest = std::find_if(pieces.begin(), pieces.end(), [&](const Subset& each) {
      return parts > 2 && questions.ask(without(whole, each));
    });
    if (rest != pieces.end()) {
      whole = without(whole, *rest);
      parts = std::max<std::size_t>(parts - 1, 2);
      continue;
    }
    if (parts == whole.size()) break;
    parts = std::min(parts * 2, whole.size());
  }
  return {.kept = whole, .asked = questions.asked(), .is_minimal = true};
}

}  // namespace ringback::bench
