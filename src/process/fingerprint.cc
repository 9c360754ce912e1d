#include "src/process/fingerprint.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gnu/libc-version.h>

#include "src/base/error.h"
#include "src/base/hash.h"
#include "src/host/file.h"
#include "src/process/child_environment.h"

namespace ringback::process {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = 1u << 20;
constexpr std::size_t kNamedFilesMax = 3;

std::string short_hash(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

// Nothing where it cannot be read.
std::optional<std::uint64_t> hash_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  Bytes piece(kReadBytes, '\0');
  std::uint64_t hash = 0;
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    if (got > 0) hash = hash64(BytesView(piece.data(), got), hash);
  }
  return hash;
}

std::string program_text(const ProcessOptions& options) {
  std::error_code error;
  const fs::path real = fs::canonical(path_of_program(options.command.front(), options.environment), error);
  const std::uintmax_t size = fs::file_size(real, error);
  const std::optional<std::uint64_t> hash = hash_of_file(real);
  if (error || !hash.has_value()) return "unknown";
  return fmt::format("{}, {} octets, {}", real.filename().string(), size, short_hash(*hash));
}

// Which instructions code may choose: that is what a runtime's compiler and libc look at.
std::string processor_text() {
  utsname name{};
  ::uname(&name);
  std::string text = name.machine;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool has_v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
  const bool has_v3 =
      has_v2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  const bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  text += has_v4 ? "-v4" : has_v3 ? "-v3" : has_v2 ? "-v2" : "-v1";
#endif
  return text;
}

std::string kernel_text() {
  utsname name{};
  ::uname(&name);
  const std::string release = name.release;
  // 6.18.5-amd64: what is behind the second point changes with every update and nothing that a program sees.
  const std::size_t first = release.find('.');
  const std::size_t second = first == std::string::npos ? first : release.find_first_not_of("0123456789", first + 1);
  return fmt::format("{} {}", name.sysname, release.substr(0, second));
}

fs::path folder_of(const ProcessOptions& options) {
  const fs::path base = options.working_directory.empty() ? fs::path(".") : fs::path(options.working_directory);
  std::error_code error;
  // A script is an argument of its interpreter; the program's own place says something only where it has none.
  for (std::size_t i = 1; i < options.command.size(); ++i) {
    const fs::path named = base / options.command[i];  // an absolute path stays what it is
    if (fs::is_regular_file(named, error)) return named.parent_path();
  }
  const fs::path program = base / options.command.front();
  const bool is_named_by_path = options.command.front().find('/') != std::string::npos;
  return is_named_by_path && fs::is_regular_file(program, error) ? program.parent_path() : base;
}

struct Tree {
  std::map<std::string, std::uint64_t> files;
  std::size_t more = 0;
};

// Links are not followed: what they say is their content.
Tree read_tree(const fs::path& folder) {
  Tree tree;
  std::uint64_t bytes = 0;
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name == ".git" || name == "__pycache__") {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_directory(error) || it->is_symlink(error)) paths.push_back(it->path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string name = path.lexically_relative(folder).string();
    if (fs::is_symlink(path, error)) {
      tree.files[name] = hash64("link to " + fs::read_symlink(path, error).string());
      continue;
    }
    if (!fs::is_regular_file(path, error)) continue;  // to read a pipe is to wait
    const std::uintmax_t size = fs::file_size(path, error);
    if (tree.files.size() >= kFingerprintFilesMax || bytes + size > kFingerprintBytesMax) {
      ++tree.more;
      continue;
    }
    bytes += size;
    if (const std::optional<std::uint64_t> hash = hash_of_file(path)) tree.files[name] = *hash;
  }
  return tree;
}

std::string files_text(const Tree& tree) {
  Bytes all;
  for (const auto& [name, hash] : tree.files) all += fmt::format("{} {}\n", name, short_hash(hash));
  return fmt::format("{} files, {}{}", tree.files.size(), short_hash(hash64(all)),
                     tree.more == 0 ? "" : fmt::format(", and {} that were only counted", tree.more));
}

// Names, and a hash of each value: a value may be a secret.
std::string variables_text(const ProcessOptions& options) {
  std::string text;
  for (const auto& [name, value] :
       child_environment({.certificate = "certificate", .java = "java"}, options.environment))
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, short_hash(hash64(value)).substr(0, 8));
  return text;
}

// "a, b, c and 4 more".
std::string list_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kNamedFilesMax);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > shown ? fmt::format("{} and {} more", text, names.size() - shown) : text;
}

std::vector<std::string> changed_files(const Fingerprint& before, const Fingerprint& after) {
  std::vector<std::string> names;
  for (const auto& [name, hash] : before.files) {
    const auto other = after.files.find(name);
    if (other == after.files.end() || other->second != hash) names.push_back(name);
  }
  for (const auto& [name, hash] : after.files) {
    if (!before.files.contains(name)) names.push_back(name);
  }
  return names;
}

// Of the variables only the names that differ.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::string differing_variables(const std::string& before, const std::string& after) {
  std::vector<std::string> differing;
  const std::vector<std::string> first = words(before);
  const std::vector<std::string> second = words(after);
  std::set_symmetric_difference(first.begin(), first.end(), second.begin(), second.end(),
                                std::back_inserter(differing));
  for (std::string& word : differing) word.resize(std::min(word.find('='), word.size()));
  differing.erase(std::unique(differing.begin(), differing.end()), differing.end());
  return list_of(differing);
}

}  // namespace

Fingerprint fingerprint(const ProcessOptions& options) {
  Fingerprint fingerprint;
  Tree tree = read_tree(folder_of(options));
  std::map<std::string, std::string>& values = fingerprint.values;
  values["program"] = program_text(options);
  values["libc"] = fmt::format("glibc {}", ::gnu_get_libc_version());
  values["processor"] = processor_text();
  values["kernel"] = kernel_text();
  values["files"] = files_text(tree);
  values["variables"] = variables_text(options);
  values["cost"] = to_text(options.cost);
  fingerprint.files = std::move(tree.files);
  return fingerprint;
}

std::string to_text(const Fingerprint& fingerprint) {
  std::string text;
  for (const auto& [name, value] : fingerprint.values) text += fmt::format("{}: {}\n", name, value);
  return text;
}

Fingerprint parse_fingerprint(std::string_view text) {
  Fingerprint fingerprint;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      fingerprint.values[std::string(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return fingerprint;
}

std::vector<std::string> differences(const Fingerprint& before, const Fingerprint& after, const Sides& sides) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : before.values) {
    const auto other = after.values.find(name);
    if (other == after.values.end() || other->second == value) continue;
    if (name == "variables") {
      lines.push_back(fmt::format("variables: {}", differing_variables(value, other->second)));
      continue;
    }
    const bool knows_files = name == "files" && !before.files.empty() && !after.files.empty();
    lines.push_back(fmt::format("{}: {} {}, {} {}{}", name, sides.before, value, sides.after, other->second,
                                knows_files ? fmt::format(" ({})", list_of(changed_files(before, after))) : ""));
  }
  return lines;
}

}  // namespace ringback::process
