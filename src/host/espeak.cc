#include "src/host/espeak.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>
#include <string_view>

#include <soxr.h>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/host/file.h"

extern char** environ;

namespace ringback::host {

namespace {

// Ten minutes of the program's 22,050 samples a second.
constexpr std::size_t kWavBytesMax = 2 * 22'050 * 600;

void check_voice(const EspeakVoice& voice) {
  const bool has_odd_character =
      voice.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_") !=
      std::string::npos;
  if (voice.name.empty() || voice.name.size() > 60 || voice.name.front() == '-' || has_odd_character) {
    fail("espeak-ng: expected a voice such as en-us+f3, found \"{}\"", voice.name);
  }
}

struct Pipe {
  Descriptor read_end{-1};
  Descriptor write_end{-1};
  explicit Pipe(int (&ends)[2]) : read_end(ends[0]), write_end(ends[1]) {}
};

Pipe open_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("espeak-ng: cannot open a pipe: {}", std::strerror(errno));
  return Pipe(ends);
}

Bytes read_to_end(int descriptor) {
  Bytes all;
  char buffer[16384];
  while (true) {
    const ssize_t length = ::read(descriptor, buffer, sizeof buffer);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) fail("espeak-ng: cannot read its output: {}", std::strerror(errno));
    if (length == 0) return all;
    all.append(buffer, static_cast<std::size_t>(length));
    if (all.size() > kWavBytesMax) fail("espeak-ng: expected at most {} bytes of speech, found more", kWavBytesMax);
  }
}

struct Output {
  Bytes data;
  bool is_good = false;  // the program took all of its input and ended with 0
};

// Runs the program with `text` as its standard input.
Output run_espeak(const std::string& text, const std::vector<std::string>& options) {
  Pipe input = open_pipe();
  Pipe output = open_pipe();
  std::vector<const char*> arguments = {"espeak-ng"};
  for (const std::string& option : options) arguments.push_back(option.c_str());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.read_end.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.write_end.number(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int refused =
      ::posix_spawnp(&child, arguments[0], &actions, nullptr, const_cast<char**>(arguments.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) fail("cannot run espeak-ng, which speaks the lines of a script: {}", std::strerror(refused));

  // The text fits into a pipe's buffer, so this never waits for the reader; a reader that is gone must not end us.
  struct sigaction ignore = {};
  struct sigaction before = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  const ssize_t written = ::write(input.write_end.number(), text.data(), text.size());
  ::sigaction(SIGPIPE, &before, nullptr);
  ::close(input.write_end.release());
  ::close(output.write_end.release());
  Output output_data{.data = read_to_end(output.read_end.number())};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  output_data.is_good = written == static_cast<ssize_t>(text.size()) && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return output_data;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Whether `name` is a language, a voice or a file in one of the program's lists, whose lines are
//  " 5  en-029          --/M      English_(Caribbean) gmw/en-029           (en 10)".
bool is_listed(std::string_view name, const char* list) {
  const Output listing = run_espeak("", {list});
  std::istringstream lines(listing.data);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string priority, language, age, voice, file;
    if (!(words >> priority >> language >> age >> voice >> file)) continue;
    file = file.substr(file.rfind('/') + 1);
    for (const std::string& known : {language, voice, file}) {
      if (lower(known) == lower(name)) return true;
    }
  }
  return false;
}

// "en-us+f3" is a voice and a variant of it.
void check_is_installed(const std::string& name) {
  const std::size_t plus = name.find('+');
  const std::string_view voice = std::string_view(name).substr(0, plus);
  const bool has_variant = plus != std::string::npos;
  const bool is_known = is_listed(voice, "--voices") &&
                        (!has_variant || is_listed(std::string_view(name).substr(plus + 1), "--voices=variant"));
  if (!is_known) {
    fail("espeak-ng: expected a voice that `espeak-ng --voices` lists{}, found \"{}\"",
         has_variant ? ", with a variant of `espeak-ng --voices=variant`" : "", name);
  }
}

Bytes spoken(const std::string& text, const EspeakVoice& voice) {
  const Output speech = run_espeak(text, {"-b", "1", "-v", voice.name, "-s", std::to_string(voice.words_per_minute),
                                          "-p", std::to_string(voice.pitch), "--stdin", "--stdout"});
  if (!speech.is_good || speech.data.empty()) {
    fail("espeak-ng: expected an installed voice, found \"{}\"", voice.name);
  }
  return speech.data;
}

std::uint32_t number_at(BytesView wav, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number |= std::uint32_t{static_cast<std::uint8_t>(wav[offset + i])} << (8 * i);
  return number;
}

struct Sound {
  std::uint32_t rate = 0;
  std::vector<std::int16_t> samples;
};

// The program writes to a pipe and so cannot know lengths: the data chunk goes on to the end.
Sound read_wav(BytesView wav) {
  constexpr std::size_t kRateOffset = 24;
  const std::size_t data = wav.find("data");
  if (!wav.starts_with("RIFF") || data == BytesView::npos || data < kRateOffset + 4 || wav.size() < data + 8) {
    fail("espeak-ng: expected a WAV stream, found {} bytes of something else", wav.size());
  }
  Sound sound{.rate = number_at(wav, kRateOffset), .samples = {}};
  for (std::size_t i = data + 8; i + 1 < wav.size(); i += 2) {
    sound.samples.push_back(
        static_cast<std::int16_t>(static_cast<std::uint8_t>(wav[i]) | (static_cast<std::uint8_t>(wav[i + 1]) << 8)));
  }
  return sound;
}

std::vector<std::int16_t> resample(const Sound& sound) {
  if (sound.rate == 0 || sound.samples.empty()) return {};
  std::vector<std::int16_t> out(sound.samples.size() * kEspeakRate / sound.rate + 1);
  soxr_io_spec_t samples = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
  samples.flags = SOXR_NO_DITHER;  // the dither's noise differs from run to run
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  std::size_t done = 0;
  const soxr_error_t error = soxr_oneshot(sound.rate, kEspeakRate, 1, sound.samples.data(), sound.samples.size(),
                                          nullptr, out.data(), out.size(), &done, &samples, &quality, &runtime);
  if (error != nullptr) fail("espeak-ng: cannot change the rate of its speech: {}", error);
  out.resize(done);
  return out;
}

}  // namespace

std::vector<std::int16_t> speak_with_espeak(const std::string& text, const EspeakVoice& voice) {
  check_voice(voice);
  if (text.size() > kEspeakTextBytesMax) {
    fail("espeak-ng: expected at most {} bytes to say, found {}", kEspeakTextBytesMax, text.size());
  }
  check_is_installed(voice.name);
  return resample(read_wav(spoken(text, voice)));
}

}  // namespace ringback::host
