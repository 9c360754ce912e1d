// Trace files beside what people would use otherwise: write, size, scan, seek. Usage: trace_bench FOLDER [MCAP-BENCH |
// append]
//
// CPU time of the process, medians of five; every format writes to files in FOLDER (a folder in memory shows the
// formats and not the disk). The peer is a program of its own, tests/bench/mcap, which reads the same workload from a
// file.
#include <fcntl.h>
#include <malloc.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <thread>

#include "src/base/base64.h"
#include "src/base/hash.h"
#include "src/host/file.h"
#include "src/record/recorder.h"
#include "src/trace/little_endian.h"
#include "src/trace/reader.h"
#include "src/trace/writer.h"
#include "tests/bench/workloads.h"

namespace ringback::bench {
namespace {

constexpr int kRepetitions = 5;
constexpr std::int64_t kSeeks = 200;
constexpr int kAppendRuns = 5;

double cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double measure(const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < kRepetitions; ++i) {
    const double start = cpu_ms();
    work();
    times.push_back(cpu_ms() - start);
  }
  return median(times);
}

std::uint64_t file_bytes(const std::string& path) { return host::FileSource(path).size(); }

// --- the formats ---

struct Figures {
  double write_ms = 0;
  std::uint64_t octets = 0;
  double scan_ms = 0;
  double hashes_ms = 0;  // a scan that does not prove the digest
  double seek_us = 0;
  double sparse_us = 0;
  double open_us = 0;  // the file opened anew, and the first seek
};

void write_ours(const Workload& workload, const std::string& path, const trace::WriterOptions& options) {
  host::FileSink sink(path);
  trace::Writer writer(sink, options);
  for (std::int64_t id = 1; id <= 4; ++id) {
    writer.append(trace::make_event(
        {}, trace::ChannelDeclared{.id = id, .channel_kind = 9, .name = fmt::format("channel {}", id)}));
  }
  for (const trace::Event& event : workload.events) writer.append(event);
  writer.finish({});
  sink.finish();
}

void scan(const std::string& path, trace::Proof proof) {
  host::FileSource source(path);
  trace::Reader reader(source, proof);
  trace::Event event;
  while (reader.next(event)) continue;
}

// The file opened anew, and its pages forgotten where the file system can do that: wall time, in us.
double cold_open_us(const std::string& path, std::int64_t last_ns) {
  std::vector<double> times;
  for (int i = 0; i < 21; ++i) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::fdatasync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
    const auto start = std::chrono::steady_clock::now();
    host::FileSource source(path);
    trace::Reader reader(source);
    trace::Event event;
    reader.seek(VirtualTime::from_ns(last_ns / 21 * i));
    reader.next(event);
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  return median(times);
}

// The most memory that this process had since its peak was last reset (proc(5), VmHWM).
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  }
  fail("/proc/self/status tells no peak");
}

// By how many MB `work` makes a process grow at most. `warm_up` does the same with little: what it leaves behind, the
// program's own pages above all, is no growth.
double grows_by_mb(const std::function<void()>& warm_up, const std::function<void()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) fail("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    warm_up();
    // What was freed before would not count as growth, and the peak so far is none of `work`.
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5 << std::flush;
    const double before = peak_mb();
    work();
    const double grown = peak_mb() - before;
    const bool is_written = ::write(ends[1], &grown, sizeof grown) == sizeof grown;
    ::_exit(is_written ? 0 : 1);
  }
  double grown = 0;
  const bool is_read = ::read(ends[0], &grown, sizeof grown) == sizeof grown;
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  if (!is_read) fail("the child said nothing");
  return grown;
}

Figures bench_ours(const Workload& workload, const std::string& path, const trace::WriterOptions& options) {
  Figures figures;
  figures.write_ms = measure([&] { write_ours(workload, path, options); });
  figures.octets = file_bytes(path);
  figures.scan_ms = measure([&] { scan(path, trace::Proof::digest); });
  figures.hashes_ms = measure([&] { scan(path, trace::Proof::hashes); });
  host::FileSource source(path);
  trace::Reader reader(source);
  trace::Event event;
  const std::int64_t last = workload.events.back().at.ns();
  const auto seeks = [&](bool sparse) {
    std::vector<double> times;
    for (std::int64_t i = 0; i < kSeeks; ++i) {
      const double start = cpu_ms();
      reader.seek(VirtualTime::from_ns(last / kSeeks * (i * 7919 % kSeeks)));
      if (sparse) {
        reader.next_on(kSparseChannel, event);
      } else {
        reader.next(event);
      }
      times.push_back((cpu_ms() - start) * 1e3);
    }
    return median(times);
  };
  figures.seek_us = seeks(false);
  figures.sparse_us = seeks(true);
  return figures;
}

Bytes json_line(const trace::Event& event, bool is_text) {
  const BytesView payload = payload_of(event);
  return is_text ? fmt::format(R"({{"t":{},"c":{},"m":{}}})"
                               "\n",
                               event.at.ns(), event.channel, payload)
                 : fmt::format(R"({{"t":{},"c":{},"b":"{}"}})"
                               "\n",
                               event.at.ns(), event.channel, base64_encode(payload));
}

Figures bench_zstd_lines(const Workload& workload, const std::string& path) {
  Figures figures;
  figures.write_ms = measure([&] {
    std::ofstream file(path, std::ios::binary);
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 3);
    Bytes out(ZSTD_CStreamOutSize(), '\0');
    const auto feed = [&](BytesView line, ZSTD_EndDirective directive) {
      ZSTD_inBuffer in{line.data(), line.size(), 0};
      std::size_t left = 0;
      do {
        ZSTD_outBuffer room{out.data(), out.size(), 0};
        left = ZSTD_compressStream2(context, &room, &in, directive);
        file.write(out.data(), static_cast<std::streamsize>(room.pos));
      } while (in.pos < in.size || (directive == ZSTD_e_end && left != 0));
    };
    for (const trace::Event& event : workload.events) feed(json_line(event, workload.is_text), ZSTD_e_continue);
    feed({}, ZSTD_e_end);
    ZSTD_freeCCtx(context);
  });
  figures.octets = file_bytes(path);
  return figures;
}

Figures bench_gzip_lines(const Workload& workload, const std::string& path) {
  Figures figures;
  const double start = cpu_ms();
  gzFile file = gzopen(path.c_str(), "wb6");
  for (const trace::Event& event : workload.events) {
    const Bytes line = json_line(event, workload.is_text);
    gzwrite(file, line.data(), static_cast<unsigned>(line.size()));
  }
  gzclose(file);
  figures.write_ms = cpu_ms() - start;
  figures.octets = file_bytes(path);
  return figures;
}

Figures bench_sqlite(const Workload& workload, const std::string& path) {
  Figures figures;
  const double start = cpu_ms();
  std::remove(path.c_str());
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  const auto run = [&](const char* sql) { sqlite3_exec(database, sql, nullptr, nullptr, nullptr); };
  run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE e(t INTEGER, c INTEGER, m BLOB); BEGIN");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO e VALUES(?,?,?)", -1, &insert, nullptr);
  for (const trace::Event& event : workload.events) {
    const BytesView payload = payload_of(event);
    sqlite3_bind_int64(insert, 1, event.at.ns());
    sqlite3_bind_int(insert, 2, event.channel);
    sqlite3_bind_blob(insert, 3, payload.data(), static_cast<int>(payload.size()), SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  run("CREATE INDEX i ON e(t); COMMIT");
  sqlite3_close(database);
  figures.write_ms = cpu_ms() - start;
  figures.octets = file_bytes(path);
  return figures;
}

Figures bench_mcap(const Workload& workload, const std::string& program, const std::string& folder) {
  const std::string path = folder + "/workload";
  {
    std::ofstream file(path, std::ios::binary);
    Bytes head;
    for (const trace::Event& event : workload.events) {
      head.clear();
      trace::append_little_endian(event.at.ns(), head);
      trace::append_little_endian(event.channel, head);
      trace::append_little_endian<std::uint16_t>(0, head);
      trace::append_little_endian(static_cast<std::uint32_t>(payload_of(event).size()), head);
      file << head << payload_of(event);
    }
  }
  Figures figures;
  FILE* output = ::popen(fmt::format("{} {} {}/bench.mcap", program, path, folder).c_str(), "r");
  unsigned long octets = 0;
  if (output == nullptr || std::fscanf(output, "%lf %lu %lf %lf %lf %lf", &figures.write_ms, &octets, &figures.scan_ms,
                                       &figures.seek_us, &figures.sparse_us, &figures.open_us) != 6) {
    fail("{}: no figures", program);
  }
  ::pclose(output);
  figures.octets = octets;
  std::remove(path.c_str());
  return figures;
}

void print(const std::string& name, const Figures& figures, const Figures& peer) {
  const auto times = [](double ours, double theirs) {
    return ours > 0 && theirs > 0 ? fmt::format(" ({:.2f}x)", theirs / ours) : std::string();
  };
  const auto or_dash = [](double value, const std::string& text) { return value > 0 ? text : std::string("-"); };
  fmt::print(
      "| {} | {:.0f} ms{} | {:.2f} MB ({:.2f}) | {} | {} | {} | {} |\n", name, figures.write_ms,
      times(figures.write_ms, peer.write_ms), static_cast<double>(figures.octets) / 1e6,
      static_cast<double>(figures.octets) / std::max(1.0, static_cast<double>(peer.octets)),
      or_dash(figures.scan_ms, fmt::format("{:.0f} ms{}", figures.scan_ms, times(figures.scan_ms, peer.scan_ms))),
      or_dash(figures.hashes_ms, fmt::format("{:.0f} ms{}", figures.hashes_ms, times(figures.hashes_ms, peer.scan_ms))),
      or_dash(figures.seek_us, fmt::format("{:.0f} us{}", figures.seek_us, times(figures.seek_us, peer.seek_us))),
      or_dash(figures.sparse_us,
              fmt::format("{:.0f} us{}", figures.sparse_us, times(figures.sparse_us, peer.sparse_us))));
}

// What `work` does at 50,000 events a second: how long each took, in us, ascending.
std::vector<double> paced(const std::function<void(std::int64_t)>& work) {
  std::vector<double> times;
  times.reserve(250'000);
  using Clock = std::chrono::steady_clock;
  auto due = Clock::now();
  for (std::int64_t i = 0; i < 250'000; ++i) {
    due += std::chrono::microseconds(20);
    while (Clock::now() < due) continue;
    const auto start = Clock::now();
    work(i);
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times;
}

void print_times(const char* what, const std::vector<double>& times) {
  fmt::print("| {} | {:.2f} us | {:.1f} us | {:.0f} us |\n", what, times[times.size() / 2],
             times[times.size() - times.size() / 10'000], times.back());
}

// `append` of a live recorder with its journal, beside what the machine does to a loop that does nothing.
void bench_append(const std::string& folder) {
  fmt::print("\n| 50,000 events a second | median | p99.99 | greatest |\n|---|---|---|---|\n");
  const std::string path = folder + "/live.rbt";
  Dice dice;
  std::vector<trace::Event> events;
  for (std::int64_t i = 0; i < 1000; ++i) events.push_back(event_at(i, 1, delta_json(dice)));
  for (int i = 0; i < kAppendRuns; ++i) {
    print_times("nothing", paced([](std::int64_t) {}));
    std::remove(path.c_str());
    record::Recorder recorder(path);
    recorder.append(trace::make_event({}, trace::ChannelDeclared{.id = 1, .channel_kind = 3, .name = "model"}));
    print_times("append with journal", paced([&](std::int64_t n) { recorder.append(events[n % 1000]); }));
    recorder.finish({});
  }
  std::remove(path.c_str());
}

void bench_memory(const Workload& workload, const std::string& folder) {
  const std::string path = folder + "/bench.rbt";
  const std::string little_path = folder + "/little.rbt";
  const Workload little{.name = workload.name,
                        .is_text = workload.is_text,
                        .events = {workload.events.begin(), workload.events.begin() + 100}};
  for (const std::size_t chunk : {256u << 10, 1u << 20}) {
    const trace::WriterOptions options{.chunk_bytes = chunk};
    const double writer =
        grows_by_mb([&] { write_ours(little, path, options); }, [&] { write_ours(workload, path, options); });
    write_ours(little, little_path, options);
    const double reader =
        grows_by_mb([&] { scan(little_path, trace::Proof::digest); }, [&] { scan(path, trace::Proof::digest); });
    fmt::print("\nchunks of {} KiB: the writer takes {:.1f} MB, the reader {:.1f} MB; open and first seek {:.0f} us\n",
               chunk >> 10, writer, reader, cold_open_us(path, workload.events.back().at.ns()));
  }
}

void run(const std::string& folder, const std::string& mcap) {
  for (const Workload& workload : {raw_call(), json_call(), texts()}) {
    fmt::print("\n**{}**, {} events\n\n", workload.name, workload.events.size());
    fmt::print(
        "| format | write, CPU | size | scan, CPU | scan, hashes alone | seek, any channel | seek, sparse channel |\n");
    fmt::print("|---|---|---|---|---|---|---|\n");
    Figures peer;
    if (!mcap.empty()) {
      peer = bench_mcap(workload, mcap, folder);
      print("MCAP (Rust crate, defaults)", peer, peer);
    }
    print("ringback", bench_ours(workload, folder + "/bench.rbt", {}), peer);
    print("ringback, 1 MiB chunks", bench_ours(workload, folder + "/bench.rbt", {.chunk_bytes = 1u << 20}), peer);
    print("ringback, no transforms", bench_ours(workload, folder + "/bench.rbt", {.features = 0}), peer);
    print("JSON lines, zstd -3", bench_zstd_lines(workload, folder + "/bench.zst"), peer);
    print("JSON lines, gzip -6", bench_gzip_lines(workload, folder + "/bench.gz"), peer);
    print("SQLite, index on time", bench_sqlite(workload, folder + "/bench.sqlite"), peer);
    bench_memory(workload, folder);
    if (!mcap.empty()) fmt::print("\nMCAP: open and first seek {:.0f} us\n", peer.open_us);
    for (const char* name : {"bench.rbt", "little.rbt", "bench.mcap", "bench.zst", "bench.gz", "bench.sqlite"}) {
      std::remove((folder + "/" + name).c_str());
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace ringback::bench

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string_view mcap = argc > 2 ? argv[2] : "";
  if (mcap != "append") ringback::bench::run(argv[1], std::string(mcap));
  ringback::bench::bench_append(argv[1]);
}
