#include "src/process/fingerprint.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "src/process/child_environment.h"

namespace ringback::process {
namespace {

namespace fs = std::filesystem;

// A folder with an agent in it, gone with the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / "ringback-fingerprint-test") {
    fs::remove_all(path_);
    fs::create_directories(path_ / "lib");
    write("agent.py", "print(1)");
    write("lib/tools.py", "x = 1");
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  Fingerprint look(const std::string& interpreter = "sh") const {
    ProcessOptions options;
    options.command = {interpreter, (path_ / "agent.py").string()};
    options.environment = environment;
    return fingerprint(options);
  }

  std::vector<std::pair<std::string, std::string>> environment;

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("equal environments have equal fingerprints, also as text") {
  const Folder folder;
  const Fingerprint first = folder.look();
  CHECK(differences(first, folder.look()).empty());
  CHECK(parse_fingerprint(to_text(first)).values == first.values);
  for (const char* name : {"program", "libc", "processor", "kernel", "files", "variables"}) {
    INFO(name);
    CHECK(first.values.contains(name));
  }
  CHECK(first.values.at("files").starts_with("2 files, "));
}

TEST_CASE("a file that changed, came or went is a difference and is named") {
  const Folder folder;
  const Fingerprint before = folder.look();
  folder.write("lib/tools.py", "x = 2");
  folder.write("lib/new.py", "");
  const std::vector<std::string> lines = differences(before, folder.look(), {.before = "before", .after = "after"});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("files: before 2 files, "));
  CHECK(lines[0].find(", after 3 files, ") != std::string::npos);
  CHECK(lines[0].ends_with("(lib/tools.py, lib/new.py)"));
}

TEST_CASE("the script's folder counts, also where its interpreter is named by its path; a pipe in it is passed over") {
  const Folder folder;
  const Fingerprint by_name = folder.look();
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(folder.look("/bin/sh").files == by_name.files);
}

TEST_CASE("a variable that differs is named and its value is not told") {
  Folder folder;
  folder.environment = {{"TOKEN", "secret-1"}};
  const Fingerprint before = folder.look();
  folder.environment = {{"TOKEN", "secret-2"}, {"MORE", "x"}};
  CHECK(differences(before, folder.look()) == std::vector<std::string>{"variables: MORE, TOKEN"});
  CHECK(to_text(before).find("secret") == std::string::npos);
}

TEST_CASE("another program is a difference; what only one side has is none") {
  const Folder folder;
  const Fingerprint here = folder.look();
  Fingerprint there = here;
  there.values["program"] = "node, 1 octets, 0";
  there.values["weather"] = "fine";
  const std::vector<std::string> lines = differences(there, here);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("program: stored node, 1 octets, 0, here "));
  CHECK(differences(parse_fingerprint("nonsense\n"), here).empty());
}

TEST_CASE("options that the user has for Java come behind the trust store") {
  const TrustFiles trust{.certificate = "/tmp/a.pem", .java = "/tmp/a.jks"};
  const auto options = [&](const Environment& more) {
    for (const auto& [name, value] : child_environment(trust, more))
      if (name == "JAVA_TOOL_OPTIONS") return value;
    return std::string();
  };
  CHECK(options({}) == "-Djavax.net.ssl.trustStore=/tmp/a.jks");
  CHECK(options({{"JAVA_TOOL_OPTIONS", "-Xint"}}) == "-Djavax.net.ssl.trustStore=/tmp/a.jks -Xint");
}

}  // namespace ringback::process
