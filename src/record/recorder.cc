#include "src/record/recorder.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "src/base/error.h"
#include "src/host/file.h"
#include "src/record/journal_file.h"
#include "src/trace/rows.h"
#include "src/trace/writer.h"

namespace ringback::record {
namespace {

constexpr std::chrono::milliseconds kSyncInterval(100);

// The trace file while it grows, under its own name.
class GrowingFile final : public ByteSink {
 public:
  GrowingFile(const std::string& path, RecordMode mode) : name_(path), file_(open(path, mode)) {}
  const std::string& name() const override { return name_; }
  void write(BytesView data) override {
    while (!data.empty()) {
      const ssize_t written = ::write(file_.number(), data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) refuse("cannot be written");
      data.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush() override {
    if (::fdatasync(file_.number()) != 0 && errno != EINVAL) refuse("cannot be flushed to disk");
  }

 private:
  static int open(const std::string& path, RecordMode mode) {
    const int flags = mode == RecordMode::create ? O_CREAT | O_EXCL : O_APPEND;
    const int number = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
    const int error = errno;
    if (number < 0) fail("{}: cannot be opened for recording: {}", path, std::strerror(error));
    return number;
  }
  [[noreturn]] void refuse(std::string_view what) const {
    const int error = errno;
    fail("{}: {}: {}", name_, what, std::strerror(error));
  }

  std::string name_;
  host::Descriptor file_;
};

}  // namespace

class Recorder::State {
 public:
  State(const std::string& path, RecorderOptions options);
  ~State();

  void append(const trace::Event& event);
  void sync();
  Digest finish(const trace::Metadata& metadata);

  bool has_failed() const { return is_refused_; }

  std::uint64_t events = 0;
  trace::ChannelTable channels;

 private:
  void open_existing(const std::string& path, const trace::WriterOptions& options);
  void change_halves(std::unique_lock<std::mutex>& lock);
  void append_large(const trace::Event& event);
  void wait_for_writer(std::unique_lock<std::mutex>& lock);
  void expect_sound();
  void refuse(const std::string& why);
  void write_half(int half);
  void run();

  GrowingFile file_;
  std::optional<trace::Writer> writer_;  // the thread's while a half waits, otherwise the caller's
  trace::Metadata metadata_;
  std::optional<JournalFile> journal_;
  Bytes row_;

  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_half_ = -1;  // to be written; -1: none
  bool stops_ = false;
  std::string refusal_;  // why the recording ended; empty while it goes on
  std::atomic<bool> is_refused_ = false;
  std::thread thread_;
};

Recorder::State::State(const std::string& path, RecorderOptions options) : file_(path, options.mode) {
  const trace::WriterOptions writer_options{.chunk_bytes = options.chunk_bytes};
  try {
    if (options.mode == RecordMode::continue_file) {
      open_existing(path, writer_options);
    } else {
      writer_.emplace(file_, writer_options);
    }
    journal_.emplace(path + ".wal", options.half_bytes);
  } catch (...) {
    if (options.mode == RecordMode::create) ::unlink(path.c_str());
    throw;
  }
  journal_->begin(0, events, writer_->trace_id());
  thread_ = std::thread([this] { run(); });
}

Recorder::State::~State() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Recorder::State::open_existing(const std::string& path, const trace::WriterOptions& options) {
  host::FileSource source(path);
  writer_.emplace(source, file_, options);
  events = writer_->events();
  channels = writer_->channels();
  metadata_ = writer_->metadata();
}

void Recorder::State::append(const trace::Event& event) {
  RINGBACK_CHECK(journal_.has_value(), "a finished recording takes no more events");
  expect_sound();
  trace::check_event(event, events);
  row_.clear();
  trace::append_row(event, row_);
  const bool is_large = !journal_->takes(row_.size());
  channels.observe(event);
  if (is_large) {
    append_large(event);
  } else if (!journal_->append(row_, events)) {
    {
      std::unique_lock lock(mutex_);
      change_halves(lock);
    }
    RINGBACK_CHECK(journal_->append(row_, events), "an empty half takes a row of {} octets", row_.size());
  }
  ++events;
}

// Goes on in the other half, which must have been written, and has this one written.
void Recorder::State::change_halves(std::unique_lock<std::mutex>& lock) {
  wait_for_writer(lock);
  const int full = journal_->half();
  journal_->begin(1 - full, events, writer_->trace_id());
  waiting_half_ = full;
  changed_.notify_all();
}

// An event that no half can hold goes into the file at once, as a chunk of its own.
void Recorder::State::append_large(const trace::Event& event) {
  std::unique_lock lock(mutex_);
  change_halves(lock);
  wait_for_writer(lock);
  try {
    writer_->append(event);
    writer_->seal();
  } catch (const Error& refusal) {
    refuse(refusal.what());
    throw;
  }
  journal_->begin(journal_->half(), events + 1, writer_->trace_id());
}

void Recorder::State::wait_for_writer(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [&] { return waiting_half_ < 0 || !refusal_.empty(); });
  if (!refusal_.empty()) fail("{}", refusal_);
}

void Recorder::State::expect_sound() {
  if (!is_refused_) return;
  const std::lock_guard lock(mutex_);
  fail("{}", refusal_);
}

void Recorder::State::refuse(const std::string& why) {
  refusal_ = why;
  is_refused_ = true;
  changed_.notify_all();
}

void Recorder::State::write_half(int half) {
  trace::Event event;
  journal_->for_each_row(half, [&](BytesView row) {
    trace::read_row(row, event);
    writer_->append(event);
  });
  writer_->seal();
  // On the disk before the half is used again.
  file_.flush();
}

void Recorder::State::run() {
  // A thread that wakes may push aside the one that woke it, for milliseconds: not this one the one that it works for.
  const sched_param priority{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &priority);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, kSyncInterval, [&] { return waiting_half_ >= 0 || stops_; });
    const int half = waiting_half_;
    if (half < 0 && stops_) return;
    lock.unlock();
    std::string refusal;
    try {
      if (half >= 0) {
        write_half(half);
      } else {
        journal_->sync();
      }
    } catch (const std::exception& error) {
      refusal = error.what();
    }
    lock.lock();
    if (!refusal.empty()) {
      refuse(refusal);
      return;
    }
    if (half >= 0) {
      waiting_half_ = -1;
      changed_.notify_all();
    }
  }
}

void Recorder::State::sync() {
  std::unique_lock lock(mutex_);
  wait_for_writer(lock);
  journal_->sync();
}

Digest Recorder::State::finish(const trace::Metadata& metadata) {
  std::unique_lock lock(mutex_);
  change_halves(lock);
  wait_for_writer(lock);
  stops_ = true;
  lock.unlock();
  changed_.notify_all();
  thread_.join();
  for (const auto& [key, value] : metadata) metadata_[key] = value;
  const Digest digest = writer_->finish(metadata_);
  journal_->remove();
  journal_.reset();
  return digest;
}

Recorder::Recorder(const std::string& path, RecorderOptions options) : state_(std::make_unique<State>(path, options)) {}
Recorder::~Recorder() = default;
void Recorder::append(const trace::Event& event) { state_->append(event); }
void Recorder::sync() { state_->sync(); }
Digest Recorder::finish(const trace::Metadata& metadata) { return state_->finish(metadata); }
std::uint64_t Recorder::events() const { return state_->events; }
const trace::ChannelTable& Recorder::channels() const { return state_->channels; }
bool Recorder::has_failed() const { return state_->has_failed(); }

}  // namespace ringback::record
