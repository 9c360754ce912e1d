#include "protocol/programs.h"

#include <cstring>
#include <map>

#include "tests/compare.h"

namespace ringback::shim {

namespace {

// Files in memory; a descriptor is the place in the list, behind kOpened where it was opened here.
constexpr int kOpened = 1000;
std::vector<std::string> contents;
std::map<std::string, int> names;
int open_count;

int open_file(const char* path) {
  const auto found = names.find(path);
  if (found == names.end()) return -1;
  ++open_count;
  return kOpened + found->second;
}

long read_file(int file, void* to, std::size_t size, std::uint64_t at) {
  const std::string& octets = contents[static_cast<std::size_t>(file % kOpened)];
  if (at >= octets.size()) return 0;
  return static_cast<long>(octets.copy(static_cast<char*>(to), size, at));
}

void close_file(int file) {
  CHECK(file >= kOpened);
  --open_count;
}

void forget_files() {
  contents.clear();
  names.clear();
  open_count = 0;
}

void add_file(const std::string& name, const std::string& octets) {
  names[name] = static_cast<int>(contents.size());
  contents.push_back(octets);
}

ShimProgram look_at(const std::string& name) {
  constexpr ShimFiles kFiles = {.open = open_file, .read = read_file, .close = close_file};
  ShimProgram found;
  shim_look_at_program(&kFiles, names.at(name), &found);
  CHECK(open_count == 0);
  return found;
}

template <typename T>
void put(std::string& octets, std::size_t at, const T& value) {
  if (octets.size() < at + sizeof value) octets.resize(at + sizeof value);
  std::memcpy(octets.data() + at, &value, sizeof value);
}

// With a part that is loaded, then the loader's path unless it is empty; the table of both is at `table`.
std::string binary(const std::string& loader, std::size_t table = sizeof(Elf64_Ehdr)) {
  Elf64_Ehdr head{};
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_machine = EM_X86_64;
  head.e_type = ET_DYN;
  head.e_phoff = table;
  head.e_phnum = loader.empty() ? 1 : 2;
  Elf64_Phdr loaded{}, part{};
  loaded.p_type = PT_LOAD;
  part.p_type = PT_INTERP;
  part.p_offset = table + 2 * sizeof part;
  part.p_filesz = loader.size() + 1;
  std::string octets;
  put(octets, 0, head);
  put(octets, table, loaded);
  if (loader.empty()) return octets;
  put(octets, table + sizeof loaded, part);
  return octets + loader + '\0';
}

ShimFit fit_of(const std::string& octets) {
  forget_files();
  add_file("it", octets);
  return look_at("it").fit;
}

const std::string kUsual = "/lib64/ld-linux-x86-64.so.2";
const std::string kMusl = "/lib/ld-musl-x86_64.so.1";

}  // namespace

TEST_CASE("a program's loader decides whether it takes the library, wherever its path lies") {
  CHECK(fit_of(binary(kUsual)) == SHIM_TAKES_LIBRARY);
  CHECK(fit_of(binary("/nix/store/glibc-2.40/lib/ld-linux-x86-64.so.2", 100'000)) == SHIM_TAKES_LIBRARY);
  CHECK(fit_of(binary("")) == SHIM_NO_LOADER);
  CHECK(fit_of(binary(kMusl)) == SHIM_OTHER_LOADER);
  CHECK(std::string(look_at("it").loader) == kMusl);
  CHECK(fit_of(binary(kMusl, 100'000)) == SHIM_OTHER_LOADER);
  CHECK(fit_of(binary("/opt/ld-linux-x86-64.so.2/ld-musl-x86_64.so.1")) == SHIM_OTHER_LOADER);
  CHECK(fit_of(binary("/" + std::string(5000, 'x') + kUsual)) == SHIM_OTHER_LOADER);
}

TEST_CASE("a program for another machine does not take the library; an object file and a torn one are execve's") {
  const std::string usual = binary(kUsual);
  std::string other = usual;
  other[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_AARCH64);
  CHECK(fit_of(other) == SHIM_OTHER_MACHINE);
  other = usual;
  other[EI_CLASS] = ELFCLASS32;
  CHECK(fit_of(other) == SHIM_OTHER_MACHINE);
  other = binary("");
  other[offsetof(Elf64_Ehdr, e_type)] = ET_REL;
  CHECK(fit_of(other) == SHIM_TAKES_LIBRARY);
  const std::string musl = binary(kMusl);
  for (std::size_t size = 0; size < musl.size(); ++size) {
    INFO(size << " octets of " << musl.size());
    CHECK(fit_of(musl.substr(0, size)) == SHIM_TAKES_LIBRARY);
  }
}

TEST_CASE("a script takes the library where the interpreter at the end of its chain does") {
  forget_files();
  add_file("/bin/sh", binary(kUsual));
  add_file("/bin/fixed", binary(""));
  add_file("usual", "#! \t/bin/sh -e\nexit 1\n");
  add_file("fixed", "#!/bin/fixed\n");
  add_file("second", "#!fixed");
  add_file("itself", "#!itself\n");
  add_file("nothing", "#!/bin/nothing\n");
  add_file("empty", "#! \n");
  CHECK(look_at("usual").fit == SHIM_TAKES_LIBRARY);
  CHECK(std::string(look_at("usual").interpreter) == "/bin/sh");
  CHECK(look_at("fixed").fit == SHIM_NO_LOADER);
  CHECK(look_at("second").fit == SHIM_NO_LOADER);
  CHECK(std::string(look_at("second").interpreter) == "/bin/fixed");
  for (const char* name : {"itself", "nothing", "empty"}) CHECK(look_at(name).fit == SHIM_TAKES_LIBRARY);
  // The kernel goes so far and no further.
  for (int i = 1; i <= SHIM_SCRIPTS_MAX + 1; ++i)
    add_file("chain" + std::to_string(i), "#!" + (i == 1 ? "/bin/fixed" : "chain" + std::to_string(i - 1)) + "\n");
  CHECK(look_at("chain" + std::to_string(SHIM_SCRIPTS_MAX)).fit == SHIM_NO_LOADER);
  CHECK(look_at("chain" + std::to_string(SHIM_SCRIPTS_MAX + 1)).fit == SHIM_TAKES_LIBRARY);
}

TEST_CASE("a script's interpreter that fills all that the kernel reads of it is none") {
  forget_files();
  for (const int size : {SHIM_SCRIPT_HEAD - 3, SHIM_SCRIPT_HEAD - 2}) {
    const std::string path(static_cast<std::size_t>(size), 'x');
    add_file(path, binary(""));
    add_file("script" + std::to_string(size), "#!" + path + "\n");
  }
  CHECK(look_at("script" + std::to_string(SHIM_SCRIPT_HEAD - 3)).fit == SHIM_NO_LOADER);
  CHECK(look_at("script" + std::to_string(SHIM_SCRIPT_HEAD - 2)).fit == SHIM_TAKES_LIBRARY);
}

}  // namespace ringback::shim
