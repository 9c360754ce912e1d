// The two kinds of failure that are not outcomes.
//
// `Error` is bad input or a refusing operating system: it says where, what was expected and what was found, and the
// command line turns it into exit code 2. `RINGBACK_CHECK` states what our own code promises: when it fails the defect
// is ours, the command line prints it with a request for a report and exits with 70. RINGBACK_CHECK is never used on
// input.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace ringback {

// Bad input. `what()` is one line for the user.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Error with a formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

// A broken promise of our own. Caught only by `main` and by tests.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& why);

}  // namespace ringback

// RINGBACK_CHECK(condition, "why it must hold, with {} values", values...): always on.
#define RINGBACK_CHECK(condition, ...)                                                      \
  do {                                                                                      \
    if (!(condition)) [[unlikely]]                                                          \
      ::ringback::check_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
  } while (false)
