// The C functions of include/ringback/recorder.h over record::Session. No exception leaves them.
#include "include/ringback/recorder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <optional>
#include <vector>

#include "src/record/session.h"
#include "src/trace/bodies.h"

struct ringback_recorder {
  std::optional<ringback::record::Session> session;
};

namespace ringback {
namespace {

using record::Field;
using trace::EventKind;

void store_error(const char* message, char* error, size_t error_size) {
  if (error == nullptr || error_size == 0) return;
  const std::size_t length = std::min(std::strlen(message), error_size - 1);
  std::memcpy(error, message, length);
  error[length] = '\0';
}

// Runs `work`; where it throws, stores why and answers `otherwise`.
template <class Result, class Work>
Result guarded(Result otherwise, char* error, size_t error_size, Work&& work) {
  try {
    return work();
  } catch (const std::exception& failure) {
    store_error(failure.what(), error, error_size);
    return otherwise;
  }
}

// A field that is there although it has no octets: left out, as it has its default.
Field octets(std::uint8_t tag, const void* data, std::size_t length) {
  return {.tag = tag,
          .octets = data == nullptr ? "" : static_cast<const char*>(data),
          .length = data == nullptr ? 0 : length};
}

int push(ringback_recorder* recorder, const trace::Event& head, std::span<const Field> fields) {
  switch (recorder->session->push(head, fields)) {
    case record::Push::queued:
      return RINGBACK_QUEUED;
    case record::Push::dropped:
      return RINGBACK_DROPPED;
    case record::Push::refused:
      return RINGBACK_REFUSED;
  }
  return RINGBACK_REFUSED;
}

trace::Event head_of(int64_t at_ns, uint16_t channel, EventKind kind, int direction, uint32_t exchange) {
  // What is no direction is refused by the session.
  return {.at = VirtualTime::from_ns(at_ns),
          .channel = channel,
          .kind = kind,
          .direction = static_cast<trace::Direction>(direction < 0 || direction > 2 ? 255 : direction),
          .exchange = exchange,
          .body = {}};
}

record::SessionOptions options_of(const ringback_options* options) {
  record::SessionOptions result;
  if (options == nullptr) return result;
  // Fields that the caller's header does not have yet keep their defaults.
  if (options->size >= offsetof(ringback_options, queue_bytes) + sizeof options->queue_bytes &&
      options->queue_bytes > 0) {
    result.queue_bytes = std::bit_ceil(std::clamp<std::size_t>(options->queue_bytes, 64u << 10, 1u << 30));
  }
  if (options->size >= offsetof(ringback_options, continue_existing) + sizeof options->continue_existing &&
      options->continue_existing != 0) {
    result.recorder.mode = record::RecordMode::continue_file;
  }
  return result;
}

}  // namespace
}  // namespace ringback

using namespace ringback;

extern "C" {

ringback_recorder* ringback_open(const char* path, const ringback_options* options, char* error, size_t error_size) {
  return guarded<ringback_recorder*>(nullptr, error, error_size, [&] {
    auto recorder = std::make_unique<ringback_recorder>();
    recorder->session.emplace(path, options_of(options));
    return recorder.release();
  });
}

uint16_t ringback_declare(ringback_recorder* recorder, int kind, const char* name, const char* encoding, uint32_t rate,
                          const char* url) {
  return guarded<uint16_t>(0, nullptr, 0, [&] {
    const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
    return recorder->session->declare({.kind = static_cast<trace::ChannelKind>(kind),
                                       .name = text(name),
                                       .encoding = text(encoding),
                                       .rate = rate,
                                       .url = text(url)},
                                      {});
  });
}

int ringback_append(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, uint16_t kind, int direction,
                    uint32_t exchange, const ringback_field* fields, size_t field_count) {
  constexpr std::size_t kFieldsMax = 255;  // tags are one octet
  if (field_count > kFieldsMax) return RINGBACK_REFUSED;
  Field converted[kFieldsMax];
  for (size_t i = 0; i < field_count; ++i) {
    converted[i] = {.tag = fields[i].tag,
                    .octets = static_cast<const char*>(fields[i].data),
                    .length = fields[i].length,
                    .integer = fields[i].integer};
  }
  return push(recorder, head_of(at_ns, channel, static_cast<EventKind>(kind), direction, exchange),
              {converted, field_count});
}

int ringback_audio(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, int direction, const void* samples,
                   size_t length) {
  const Field fields[] = {octets(1, samples, length)};
  return push(recorder, head_of(at_ns, channel, EventKind::audio, direction, 0), fields);
}

int ringback_message(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, int direction, const char* text,
                     size_t length) {
  const Field fields[] = {octets(1, text, length)};
  return push(recorder, head_of(at_ns, channel, EventKind::message, direction, 0), fields);
}

int ringback_request(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, uint32_t exchange,
                     const char* operation, const char* body, size_t length) {
  const Field fields[] = {octets(1, operation, operation == nullptr ? 0 : std::strlen(operation)),
                          octets(2, body, length)};
  return push(recorder, head_of(at_ns, channel, EventKind::request, RINGBACK_FROM_AGENT, exchange), fields);
}

int ringback_response(ringback_recorder* recorder, int64_t at_ns, uint16_t channel, uint32_t exchange, int status,
                      const char* body, size_t length) {
  const Field fields[] = {{.tag = 1, .integer = status}, octets(2, body, length)};
  return push(recorder, head_of(at_ns, channel, EventKind::response, RINGBACK_TO_AGENT, exchange), fields);
}

void ringback_count(const ringback_recorder* recorder, ringback_counts* counts) {
  const record::SessionCounts found = recorder->session->counts();
  *counts = {.recorded = found.recorded, .dropped = found.dropped, .refused = found.refused};
}

int ringback_flush(ringback_recorder* recorder, char* error, size_t error_size) {
  return guarded(-1, error, error_size, [&] {
    recorder->session->flush();
    return 0;
  });
}

int ringback_finish(ringback_recorder* recorder, const char* origin, char* error, size_t error_size) {
  const std::unique_ptr<ringback_recorder> owned(recorder);
  return guarded(-1, error, error_size, [&] {
    trace::Metadata metadata;
    if (origin != nullptr && *origin != '\0') metadata["origin"] = origin;
    owned->session->finish(metadata);
    return 0;
  });
}

void ringback_abandon(ringback_recorder* recorder) { delete recorder; }

}  // extern "C"
