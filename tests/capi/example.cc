// The same recording as example.c makes, by the C++ face. Usage: example OUT.rbt
#include <cstdio>
#include <exception>
#include <string>

#include "ringback/recorder.hpp"

int main(int argument_count, char** arguments) try {
  if (argument_count != 2) return 2;
  using namespace std::chrono_literals;
  ringback::Recorder recorder(arguments[1]);
  const auto caller = recorder.declare(RINGBACK_CHANNEL_AUDIO, "caller.audio", "mulaw", 8000);
  const auto tool = recorder.declare(RINGBACK_CHANNEL_TOOL, "tool:weather");
  for (int i = 0; i < 100; ++i) {
    const auto now = i * 20ms;
    recorder.audio(now, caller, RINGBACK_TO_AGENT, std::string(160, static_cast<char>(i)));
    if (i == 50) {
      recorder.request(now, tool, 1, "weather", R"({"city":"Bern"})");
      recorder.response(now + 5ms, tool, 1, 200, R"({"sky":"clear"})");
    }
  }
  recorder.finish("example");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
