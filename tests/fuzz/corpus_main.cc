// Every file of the corpus through its target, as a plain test: `fuzz_corpus CORPUS [TRACE...]`, where CORPUS has a
// folder for each target, and TRACE are more files for "trace" and "recover". Output is TAP.
//
// `fuzz_corpus --targets` lists the targets.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "tests/fuzz/targets.h"

namespace ringback::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  if (!fs::is_directory(folder)) return paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Bytes octets_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream octets;
  octets << file.rdbuf();
  return octets.str();
}

// Empty where all is well.
std::string run_one(const Target& target, const fs::path& path, bool& is_accepted) {
  try {
    target.take(octets_of(path));
    is_accepted = true;
  } catch (const Error&) {
    is_accepted = false;
  } catch (const std::exception& finding) {
    return finding.what();
  }
  return {};
}

// A target without a file that it accepts is not tested at all.
int run_corpus(const fs::path& corpus, const std::vector<fs::path>& traces) {
  const std::vector<Target> targets = all_targets();
  int failures = 0;
  std::cout << "1.." << targets.size() << "\n";
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[i];
    std::vector<fs::path> paths = files_in(corpus / target.name);
    if (target.name == "trace" || target.name == "recover") paths.insert(paths.end(), traces.begin(), traces.end());
    std::size_t accepted = 0;
    std::string finding;
    for (const fs::path& path : paths) {
      bool is_accepted = false;
      const std::string what = run_one(target, path, is_accepted);
      if (!what.empty() && finding.empty()) finding = path.string() + ": " + what;
      accepted += is_accepted ? 1 : 0;
    }
    if (finding.empty() && accepted == 0 && target.name != "import-packet-capture")
      finding = "no input that is accepted";
    if (!finding.empty()) ++failures;
    std::cout << (finding.empty() ? "ok " : "not ok ") << i + 1 << " - " << target.name << ": " << accepted << " of "
              << paths.size() << " inputs are accepted" << (finding.empty() ? "" : "; ") << finding << std::endl;
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ringback::fuzz

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--targets") {
    for (const ringback::fuzz::Target& target : ringback::fuzz::all_targets()) std::cout << target.name << "\n";
    return 0;
  }
  if (argc < 2) {
    std::cerr << "usage: fuzz_corpus CORPUS [TRACE...]\n";
    return 2;
  }
  return ringback::fuzz::run_corpus(argv[1], {argv + 2, argv + argc});
}
