// The bug hunt: how many cases until each planted bug is found, with and without swarm and feedback; whether each find
// comes out the same again; whether the repaired twin bears as many.
//
//   tools/dev planted                              the table of docs/planted-bugs.md
//   planted_bench --cases 2000 --twin 500 chat/    the bugs whose names begin with chat/
//   planted_bench --case FILE voice/retry-storm    what the bug and its twin do with a case that was written by hand
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "src/base/error.h"
#include "src/host/file.h"
#include "tests/planted/hunt.h"

namespace ringback::planted {
namespace {

struct Asked {
  std::uint64_t cases = 100'000;  // until a search is given up
  std::uint64_t others = 10'000;  // likewise, without swarm or feedback
  std::uint64_t twin = 500;       // cases that the repaired twin has to bear
  std::uint64_t again = 1'000;    // runs of each find
  std::uint64_t seeds = 5;        // campaigns of each kind; the table has the median
  bool shows_cases = false;
  std::string case_file;  // instead of searching
  std::string names;      // a beginning; empty: all
};

Asked parse(int argc, char** argv) {
  Asked asked;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&] {
      if (i + 1 == argc) fail("{}: expected a number behind it", word);
      return std::stoull(argv[++i]);
    };
    if (word == "--cases") {
      asked.cases = number();
    } else if (word == "--others") {
      asked.others = number();
    } else if (word == "--twin") {
      asked.twin = number();
    } else if (word == "--again") {
      asked.again = number();
    } else if (word == "--seeds") {
      asked.seeds = number();
    } else if (word == "--case") {
      if (i + 1 == argc) fail("--case: expected a file behind it");
      asked.case_file = argv[++i];
    } else if (word == "--show") {
      asked.shows_cases = true;
    } else if (word.starts_with("--")) {
      fail("unknown option {}", word);
    } else {
      asked.names = word;
    }
  }
  return asked;
}

// The median of several campaigns' cases until the find; one that found nothing counts as more than all.
std::string median(Hunt& hunt, const Asked& asked, HuntOptions options) {
  std::vector<std::uint64_t> counts;
  for (Seed seed = 1; seed <= asked.seeds; ++seed) {
    options.seed = seed;
    const std::optional<Found> found = hunt.search(options);
    counts.push_back(found.has_value() ? found->cases : UINT64_MAX);
  }
  std::sort(counts.begin(), counts.end());
  const std::uint64_t middle = counts[(counts.size() - 1) / 2];
  return middle == UINT64_MAX ? fmt::format("> {}", options.cases) : fmt::format("{}", middle);
}

// One case, as a corpus holds it, against the bug and its twin. Their runs are stored beside it.
int show_case(const Asked& asked) {
  const sim::Case one = sim::parse_case(asked.case_file, host::read_whole(asked.case_file));
  for (const Planted& bug : planted_bugs()) {
    if (!bug.name.starts_with(asked.names)) continue;
    Hunt hunt(bug);
    const Found found{.one = one};
    fmt::print("{}\n{}\nits twin\n{}\n", bug.name, hunt.report(found, true), hunt.report(found, false));
    for (const bool is_flawed : {true, false}) {
      host::FileSink sink(asked.case_file + (is_flawed ? ".flawed.rbt" : ".twin.rbt"));
      trace::write_trace(hunt.run_of(found, is_flawed), sink);
      sink.finish();
    }
  }
  return 0;
}

int run(const Asked& asked) {
  if (!asked.case_file.empty()) return show_case(asked);
  std::size_t bugs = 0;
  std::size_t found_bugs = 0;
  std::size_t sound_twins = 0;
  std::uint64_t runs_again = 0;
  std::uint64_t same = 0;
  fmt::print("| bug | what is wrong | caught by | cases | no swarm | no feedback | neither | again | twin |\n");
  fmt::print("|---|---|---|---:|---:|---:|---:|---:|---:|\n");
  for (const Planted& bug : planted_bugs()) {
    if (!bug.name.starts_with(asked.names)) continue;
    ++bugs;
    Hunt hunt(bug);
    if (const std::string finding = hunt.fails_without_a_case(); !finding.empty()) {
      fmt::print("| {} | FAILS WITHOUT A CASE: {} |\n", bug.name, finding);
      continue;
    }
    const std::optional<Found> found = hunt.search({.seed = 1, .cases = asked.cases});
    const std::optional<Found> twin =
        asked.twin == 0 ? std::nullopt : hunt.search_twin({.seed = 1, .cases = asked.twin});
    if (found.has_value()) {
      ++found_bugs;
      const std::uint64_t again = hunt.reproduced(*found, asked.again);
      runs_again += asked.again;
      same += again;
      const std::string twin_fails = twin.has_value() ? twin->finding : hunt.twin_fails_with(*found);
      sound_twins += twin_fails.empty() ? 1 : 0;
      const std::string whole =
          asked.seeds <= 1 ? fmt::format("{}", found->cases) : median(hunt, asked, {.cases = asked.cases});
      const auto other = [&](bool swarm, bool feedback) {
        if (asked.seeds == 0) return std::string("-");
        return median(hunt, asked, {.cases = asked.others, .swarm = swarm, .feedback = feedback});
      };
      fmt::print("| {} | {} | `{}` | {} | {} | {} | {} | {} of {} | {} |\n", bug.name, bug.sentence, bug.property,
                 whole, other(false, true), other(true, false), other(false, false), again, asked.again,
                 twin_fails.empty() ? fmt::format("{}", asked.twin) : "FAILS: " + twin_fails);
      if (asked.shows_cases)
        fmt::print("  {}\n{}\n{}\n", found->finding, sim::to_text(found->one), hunt.report(*found, true));
    } else {
      fmt::print("| {} | {} | `{}` | NOT FOUND in {} | | | | | {} |\n", bug.name, bug.sentence, bug.property,
                 asked.cases, twin.has_value() ? "FAILS: " + twin->finding : "");
    }
    if (asked.shows_cases && twin.has_value()) {
      fmt::print("  the twin, at case {}: {}\n{}\n{}\n", twin->cases, twin->finding, sim::to_text(twin->one),
                 hunt.report(*twin, false));
    }
    std::fflush(stdout);
  }
  fmt::print("\n{} bugs, {} found within {} cases, {} of {} runs of the finds came out the same, {} twins bear it\n",
             bugs, found_bugs, asked.cases, same, runs_again, sound_twins);
  return found_bugs * 10 >= bugs * 9 && same == runs_again ? 0 : 1;
}

}  // namespace
}  // namespace ringback::planted

int main(int argc, char** argv) {
  try {
    return ringback::planted::run(ringback::planted::parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "planted_bench: %s\n", error.what());
    return 2;
  }
}
