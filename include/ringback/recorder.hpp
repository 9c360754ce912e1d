// The C++ face of recorder.h: the same functions, with a class that owns the recorder and exceptions for errors.
//
//   ringback::Recorder recorder("call.rbt");
//   const auto caller = recorder.declare(RINGBACK_CHANNEL_AUDIO, "caller.audio", "mulaw", 8000);
//   recorder.audio(now, caller, RINGBACK_TO_AGENT, samples);
//   recorder.finish("media server 1.4");
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "ringback/recorder.h"

namespace ringback {

class Recorder {
 public:
  using Time = std::chrono::nanoseconds;  // since the session started

  // Throws std::runtime_error where the file cannot be made.
  explicit Recorder(const std::string& path, ringback_options options = {}) {
    options.size = sizeof options;
    char error[512] = "";
    recorder_ = ringback_open(path.c_str(), &options, error, sizeof error);
    if (recorder_ == nullptr) throw std::runtime_error(error);
  }
  // Without `finish`: leaves the recording for `ringback recover`.
  ~Recorder() {
    if (recorder_ != nullptr) ringback_abandon(recorder_);
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // May wait. Throws std::runtime_error where the channel cannot be.
  std::uint16_t declare(int kind, const std::string& name, const std::string& encoding = "", std::uint32_t rate = 0,
                        const std::string& url = "") {
    const std::uint16_t id = ringback_declare(recorder_, kind, name.c_str(), encoding.c_str(), rate, url.c_str());
    if (id == 0) throw std::runtime_error("channel '" + name + "' cannot be declared");
    return id;
  }

  // None of these waits, throws or allocates. RINGBACK_QUEUED, RINGBACK_DROPPED or RINGBACK_REFUSED.
  int audio(Time at, std::uint16_t channel, int direction, std::string_view samples) noexcept {
    return ringback_audio(recorder_, at.count(), channel, direction, samples.data(), samples.size());
  }
  int message(Time at, std::uint16_t channel, int direction, std::string_view text) noexcept {
    return ringback_message(recorder_, at.count(), channel, direction, text.data(), text.size());
  }
  int request(Time at, std::uint16_t channel, std::uint32_t exchange, const char* operation,
              std::string_view body) noexcept {
    return ringback_request(recorder_, at.count(), channel, exchange, operation, body.data(), body.size());
  }
  int response(Time at, std::uint16_t channel, std::uint32_t exchange, int status, std::string_view body) noexcept {
    return ringback_response(recorder_, at.count(), channel, exchange, status, body.data(), body.size());
  }

  ringback_counts counts() const noexcept {
    ringback_counts counts{};
    ringback_count(recorder_, &counts);
    return counts;
  }
  void flush() {
    char error[512] = "";
    if (ringback_flush(recorder_, error, sizeof error) != 0) throw std::runtime_error(error);
  }
  // The last call. Throws std::runtime_error where the disk failed.
  void finish(const std::string& origin) {
    char error[512] = "";
    if (ringback_finish(std::exchange(recorder_, nullptr), origin.c_str(), error, sizeof error) != 0) {
      throw std::runtime_error(error);
    }
  }

  ringback_recorder* get() const noexcept { return recorder_; }

 private:
  ringback_recorder* recorder_ = nullptr;
};

}  // namespace ringback
