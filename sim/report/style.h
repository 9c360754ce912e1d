// How a report looks on a terminal: colours and signs, with and without colour, with and without Unicode.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringback::sim {

enum class Color { off, on };
enum class Signs { ascii, unicode };

enum class Style { plain, bold, dim, good, bad, warning, caller, agent };

class Pen {
 public:
  explicit Pen(Color color) : color_(color) {}
  // `text` in the style: between two escape sequences, or as it is where there is no colour.
  std::string operator()(Style style, std::string_view text) const;

 private:
  Color color_;
};

// Every sign is one column wide.
struct SignSet {
  std::string_view caller_speaks, agent_speaks, typed, interrupted, response, call, lost, waiting, good, bad, maybe,
      open, fault, dead_air, short_wait, tick, times, middle_dot, ellipsis;
};
const SignSet& signs_of(Signs signs);

// Columns of `text`: its code points.
int columns_of(std::string_view text);
// At most `columns` columns; a cut text ends in "...".
std::string fit(std::string_view text, int columns);
// Broken at spaces into lines of at most `columns` columns, at most `lines_max` of them (the last is cut); at least
// one.
std::vector<std::string> wrap(std::string_view text, int columns, std::size_t lines_max);
// Filled with spaces to `columns`, never cut.
std::string pad(std::string_view text, int columns);

}  // namespace ringback::sim
