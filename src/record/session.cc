#include "src/record/session.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "src/base/error.h"
#include "src/record/event_queue.h"
#include "src/trace/little_endian.h"
#include "src/trace/rows.h"

namespace ringback::record {
namespace {

// How long the thread sleeps when there is nothing to do. Producers do not wake it: that would be a call to the system.
constexpr std::chrono::milliseconds kPollInterval(1);
constexpr std::size_t kQueueBytesMin = 64u << 10;
constexpr std::size_t kFieldHeadBytes = 5;

bool is_default(const Field& field) { return field.octets != nullptr ? field.length == 0 : field.integer == 0; }
std::size_t value_bytes(const Field& field) { return field.octets != nullptr ? field.length : sizeof field.integer; }

void write_row(const trace::Event& head, std::span<const Field> fields, std::size_t body_bytes, char* out) {
  trace::store_little_endian(head.at.ns(), out);
  trace::store_little_endian(head.channel, out + 8);
  trace::store_little_endian(static_cast<std::uint16_t>(head.kind), out + 10);
  out[12] = static_cast<char>(head.direction);
  out[13] = static_cast<char>(head.origin);
  trace::store_little_endian<std::uint16_t>(0, out + 14);
  trace::store_little_endian(head.exchange, out + 16);
  trace::store_little_endian(static_cast<std::uint32_t>(body_bytes), out + 20);
  out += trace::kRowHeadBytes;
  for (const Field& field : fields) {
    if (is_default(field)) continue;
    const std::size_t length = value_bytes(field);
    *out = static_cast<char>(field.tag);
    trace::store_little_endian(static_cast<std::uint32_t>(length), out + 1);
    out += kFieldHeadBytes;
    if (field.octets != nullptr) {
      std::memcpy(out, field.octets, length);
    } else {
      trace::store_little_endian(field.integer, out);
    }
    out += length;
  }
}

}  // namespace

class Session::State {
 public:
  State(const std::string& path, SessionOptions options);
  ~State();

  trace::ChannelId declare(const trace::Channel& channel, VirtualTime at);
  Push push(const trace::Event& head, std::span<const Field> fields);
  void flush();
  SessionCounts counts() const;
  std::string failure() const;
  Digest finish(const trace::Metadata& metadata);

 private:
  void stop();
  void run();
  void record(BytesView row);
  void record_gap(VirtualTime at);
  bool try_append(const trace::Event& event);

  EventQueue queue_;
  Recorder recorder_;
  std::atomic<std::size_t> channels_;  // that may be used
  std::mutex declaring_;
  trace::ChannelTable declared_;  // under declaring_

  // The thread's own.
  trace::Event event_;
  std::uint64_t dropped_in_gaps_ = 0;
  VirtualTime last_;

  std::atomic<std::uint64_t> queued_ = 0;
  std::atomic<std::uint64_t> handled_ = 0;
  std::atomic<std::uint64_t> recorded_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<std::uint64_t> dropped_late_ = 0;  // queued, but the disk failed
  std::atomic<bool> stops_ = false;
  std::atomic<bool> has_failed_ = false;
  mutable std::mutex failing_;
  std::string failure_;  // under failing_
  std::thread thread_;
};

Session::State::State(const std::string& path, SessionOptions options)
    : queue_(options.queue_bytes),
      recorder_(path, options.recorder),
      channels_(recorder_.channels().channels().size()),
      declared_(recorder_.channels()) {
  RINGBACK_CHECK(options.queue_bytes >= kQueueBytesMin, "a queue has at least {} octets", kQueueBytesMin);
  thread_ = std::thread([this] { run(); });
}

Session::State::~State() { stop(); }

void Session::State::stop() {
  stops_ = true;
  if (thread_.joinable()) thread_.join();
}

trace::ChannelId Session::State::declare(const trace::Channel& channel, VirtualTime at) {
  const std::lock_guard lock(declaring_);
  const auto id = static_cast<trace::ChannelId>(declared_.channels().size() + 1);
  const trace::Event event =
      trace::make_event({.at = at}, trace::ChannelDeclared{.id = id,
                                                           .channel_kind = static_cast<std::int64_t>(channel.kind),
                                                           .name = channel.name,
                                                           .encoding = channel.encoding,
                                                           .rate = channel.rate,
                                                           .url = channel.url});
  Bytes row;
  trace::append_row(event, row);
  if (row.size() > queue_.row_bytes_max()) fail("channel '{}': its declaration is too long", channel.name);
  declared_.observe(event);
  while (!queue_.push(row.size(), [&](char* out) { std::memcpy(out, row.data(), row.size()); })) {
    if (has_failed_) fail("{}", failure());
    std::this_thread::sleep_for(kPollInterval);
  }
  ++queued_;
  channels_ = id;
  return id;
}

Push Session::State::push(const trace::Event& head, std::span<const Field> fields) {
  std::size_t body_bytes = 0;
  int previous_tag = 0;
  for (const Field& field : fields) {
    if (field.tag <= previous_tag) return Push::refused;
    previous_tag = field.tag;
    if (!is_default(field)) body_bytes += kFieldHeadBytes + value_bytes(field);
    if (body_bytes > trace::kBodyBytesMax) return Push::refused;
  }
  const std::size_t row_bytes = trace::kRowHeadBytes + body_bytes;
  if (head.channel > channels_ || head.kind == trace::EventKind::channel_declared ||
      row_bytes > queue_.row_bytes_max() || static_cast<int>(head.direction) > 2 || static_cast<int>(head.origin) > 7) {
    return Push::refused;
  }
  if (!queue_.push(row_bytes, [&](char* out) { write_row(head, fields, body_bytes, out); })) {
    ++dropped_;
    return Push::dropped;
  }
  ++queued_;
  return Push::queued;
}

void Session::State::run() {
  for (;;) {
    // Asked before the queue is: what was queued before the stop is recorded.
    const bool stops = stops_;
    bool any = false;
    while (queue_.pop([&](BytesView row) { record(row); })) any = true;
    if (any) continue;
    record_gap(last_);
    if (stops) return;
    std::this_thread::sleep_for(kPollInterval);
  }
}

void Session::State::record(BytesView row) {
  trace::read_row(row, event_);
  record_gap(event_.at);
  last_ = event_.at;
  if (has_failed_) {
    ++dropped_late_;
  } else if (try_append(event_)) {
    ++recorded_;
  }
  ++handled_;
}

// What was dropped since the last gap.
void Session::State::record_gap(VirtualTime at) {
  const std::uint64_t dropped = dropped_;
  if (dropped == dropped_in_gaps_ || has_failed_) return;
  try_append(
      trace::make_event({.at = at}, trace::Gap{.events_lost = static_cast<std::int64_t>(dropped - dropped_in_gaps_),
                                               .reason = "the recorder's queue was full"}));
  dropped_in_gaps_ = dropped;
}

bool Session::State::try_append(const trace::Event& event) {
  try {
    recorder_.append(event);
    return true;
  } catch (const std::exception& error) {
    if (!recorder_.has_failed()) {
      ++refused_;
      return false;
    }
    ++dropped_late_;
    const std::lock_guard lock(failing_);
    failure_ = error.what();
    has_failed_ = true;
    return false;
  }
}

void Session::State::flush() {
  const std::uint64_t goal = queued_;
  while (handled_ < goal && !has_failed_) std::this_thread::sleep_for(kPollInterval);
  if (has_failed_) fail("{}", failure());
}

SessionCounts Session::State::counts() const {
  return {.recorded = recorded_, .dropped = dropped_ + dropped_late_, .refused = refused_};
}

std::string Session::State::failure() const {
  const std::lock_guard lock(failing_);
  return failure_;
}

Digest Session::State::finish(const trace::Metadata& metadata) {
  stop();
  if (has_failed_) fail("{}", failure());
  return recorder_.finish(metadata);
}

Session::Session(const std::string& path, SessionOptions options) : state_(std::make_unique<State>(path, options)) {}
Session::~Session() = default;
trace::ChannelId Session::declare(const trace::Channel& channel, VirtualTime at) {
  return state_->declare(channel, at);
}
Push Session::push(const trace::Event& head, std::span<const Field> fields) { return state_->push(head, fields); }
void Session::flush() { state_->flush(); }
SessionCounts Session::counts() const { return state_->counts(); }
std::string Session::failure() const { return state_->failure(); }
Digest Session::finish(const trace::Metadata& metadata) { return state_->finish(metadata); }

}  // namespace ringback::record
