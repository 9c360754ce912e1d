#include "host/spawn.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "protocol/programs.h"

#ifndef SHIM_BUILT_LIBRARY
#define SHIM_BUILT_LIBRARY ""
#endif
#ifndef SHIM_INSTALLED_LIBRARY
#define SHIM_INSTALLED_LIBRARY ""
#endif

namespace ringback::shim {

namespace {

constexpr rlim_t kFilesMax = 4096;

std::string program_folder() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return "";
  const std::string program(path, static_cast<std::size_t>(length));
  return program.substr(0, program.rfind('/'));
}

const std::string* value_of(const Launch& launch, const std::string& name) {
  for (const auto& [key, value] : launch.environment)
    if (key == name) return &value;
  return nullptr;
}

bool is_executable(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string find_program(const Launch& launch) {
  const std::string& name = launch.command.front();
  if (name.find('/') != std::string::npos) return name;
  const std::string* listed = value_of(launch, "PATH");
  const std::string path = listed ? *listed : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = end == at ? "." : path.substr(at, end - at);
    if (is_executable(folder + "/" + name)) return folder + "/" + name;
    at = end + 1;
  }
  throw Error(name + ": not found in PATH (" + path + ")");
}

std::vector<std::string> environment_of(const Launch& launch, const Block& block) {
  std::vector<std::string> lines;
  std::string preload = block.run().library;
  for (const auto& [key, value] : launch.environment) {
    if (key == "LD_PRELOAD")
      preload += ":" + value;
    else if (key != "TMPDIR" && key != SHIM_VARIABLE)
      lines.push_back(key + "=" + value);
  }
  lines.push_back(std::string("TMPDIR=") + SHIM_TEMPORARY_FOLDER);
  // A run that leaves files behind would differ from the next one.
  if (!value_of(launch, "PYTHONDONTWRITEBYTECODE")) lines.push_back("PYTHONDONTWRITEBYTECODE=1");
  lines.push_back("LD_PRELOAD=" + preload);
  lines.push_back(block.variable(0));
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& lines) {
  std::vector<char*> result;
  for (std::string& line : lines) result.push_back(line.data());
  result.push_back(nullptr);
  return result;
}

struct Report {
  int error = 0;
  char step[32] = {};
};

// Between fork and exec: only what is safe there.
[[noreturn]] void child(const Launch& launch, const char* program, char* const* arguments, char* const* environment,
                        int output, int error_output, int report_to) {
  const char* step = "start";
  const auto stop = [&] {
    Report report;
    report.error = errno;
    std::strncpy(report.step, step, sizeof report.step - 1);
    (void)!::write(report_to, &report, sizeof report);
    ::_exit(127);
  };
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  if (launch.address_space == AddressSpace::fixed) ::personality(ADDR_NO_RANDOMIZE);
  rlimit files;
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max = std::min(files.rlim_max, kFilesMax);
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  // The stack's limit decides where memory is mapped.
  rlimit stack;
  if (::getrlimit(RLIMIT_STACK, &stack) == 0) {
    stack.rlim_cur = std::min<rlim_t>(stack.rlim_max, 8u << 20);
    ::setrlimit(RLIMIT_STACK, &stack);
  }
  for (int signal = 1; signal < 65; ++signal)
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(022);
  step = "working directory";
  if (!launch.working_directory.empty() && ::chdir(launch.working_directory.c_str()) != 0) stop();
  step = "standard streams";
  const int empty = ::open("/dev/null", O_RDONLY);
  if (empty < 0 || ::dup2(empty, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(error_output, 2) < 0) stop();
  // The report's end stays open until execve closes it.
  ::dup2(report_to, 3);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  report_to = 3;
  ::syscall(SYS_close_range, 4u, ~0u, 0u);
  step = "execve";
  ::execve(program, arguments, environment);
  stop();
  ::_exit(127);
}

bool was_fixed(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/personality";
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[16] = {};
  if (!file || ::read(file.get(), text, sizeof text - 1) <= 0) return false;
  return (std::stoul(text, nullptr, 16) & ADDR_NO_RANDOMIZE) != 0;
}

int open_file(const char* path) { return ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); }

long read_file(int file, void* to, std::size_t size, std::uint64_t at) {
  return ::pread(file, to, size, static_cast<off_t>(at));
}

void close_file(int file) { ::close(file); }

}  // namespace

void check_takes_library(const std::string& program) {
  constexpr ShimFiles kFiles = {.open = open_file, .read = read_file, .close = close_file};
  const File file(open_file(program.c_str()));
  if (!file) return;  // execve says why not
  ShimProgram found;
  shim_look_at_program(&kFiles, file.get(), &found);
  const std::string name = found.interpreter[0] ? program + ": its interpreter " + found.interpreter : program;
  switch (found.fit) {
    case SHIM_TAKES_LIBRARY:
      return;
    case SHIM_OTHER_MACHINE:
      throw Error(name + ": expected a program for 64-bit x86, found one for another machine");
    case SHIM_NO_LOADER:
      throw Error(
          name +
          ": linked statically, so it cannot run in virtual time; link it dynamically (Go: CGO_ENABLED=1 go build; "
          "Rust: a gnu target)");
    case SHIM_OTHER_LOADER:
      throw Error(name + ": its loader is " + found.loader + ", expected that of the GNU C library (ld-linux-x86-64)");
  }
}

std::string find_library(const std::string& wanted) {
  const std::string beside = program_folder() + "/libringback-shim.so";
  for (const std::string& path :
       {wanted, beside, std::string(SHIM_BUILT_LIBRARY), std::string(SHIM_INSTALLED_LIBRARY)}) {
    if (path.empty() || ::access(path.c_str(), R_OK) != 0) {
      if (!wanted.empty()) fail_by_errno(wanted);
      continue;
    }
    char resolved[4096];
    return ::realpath(path.c_str(), resolved) ? resolved : path;
  }
  throw Error("libringback-shim.so is neither beside the program (" + beside + ") nor at " SHIM_INSTALLED_LIBRARY);
}

Spawned spawn(const Launch& launch, const Block& block, int output, int error_output) {
  if (launch.command.empty()) throw Error("an empty command");
  const std::string program = find_program(launch);
  check_takes_library(program);
  std::vector<std::string> arguments = launch.command;
  std::vector<std::string> environment = environment_of(launch, block);
  const std::vector<char*> argument_pointers = pointers(arguments), environment_pointers = pointers(environment);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_by_errno("pipe");
  File from(ends[0]), to(ends[1]);
  const int pid = ::fork();
  if (pid < 0) fail_by_errno("fork");
  if (pid == 0)
    child(launch, program.c_str(), argument_pointers.data(), environment_pointers.data(), output, error_output,
          to.get());
  to.reset();
  Report report;
  if (::read(from.get(), &report, sizeof report) == sizeof report) {
    ::waitpid(pid, nullptr, 0);
    throw Error(program + ": " + report.step + ": " + std::strerror(report.error));
  }
  return {.pid = pid, .address_space_fixed = was_fixed(pid)};
}

}  // namespace ringback::shim
