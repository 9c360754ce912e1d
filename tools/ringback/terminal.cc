#include "tools/ringback/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace ringback::cli {
namespace {

constexpr int kWidthMin = 60;
constexpr int kWidthMax = 160;
constexpr int kWidthUsual = 100;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

int terminal_width() {
  winsize size{};
  int width = kWidthUsual;
  if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    width = size.ws_col;
  } else if (const int columns = std::atoi(environment("COLUMNS").c_str()); columns > 0) {
    width = columns;
  }
  return std::clamp(width, kWidthMin, kWidthMax);
}

sim::Signs terminal_signs() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = environment(name);
    if (locale.empty()) continue;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const bool is_utf8 = locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    return is_utf8 ? sim::Signs::unicode : sim::Signs::ascii;
  }
  return sim::Signs::ascii;
}

}  // namespace ringback::cli
