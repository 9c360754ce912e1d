#include "src/trace/recover.h"

#include <filesystem>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "src/base/error.h"
#include "src/host/file.h"
#include "src/trace/verify.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/text.h"

namespace ringback::cli {
namespace {

namespace json = boost::json;

std::string json_of(const trace::Recovery& recovery) {
  json::array lost;
  for (const trace::EventRange& range : recovery.lost) {
    json::object entry{{"first", range.first + 1}};
    entry["count"] = range.count.has_value() ? json::value(*range.count) : json::value(nullptr);
    lost.push_back(std::move(entry));
  }
  json::array damaged;
  for (const trace::DamagedOctets& range : recovery.damaged) {
    damaged.push_back(json::object{{"offset", range.offset}, {"bytes", range.length}});
  }
  const json::object object{{"whole", recovery.is_whole()},
                            {"digest", to_hex(recovery.digest)},
                            {"events", recovery.events},
                            {"chunks", recovery.chunks},
                            {"journal_events", recovery.journal_events},
                            {"lost", std::move(lost)},
                            {"damaged", std::move(damaged)},
                            {"declarations_lost", recovery.declarations_lost},
                            {"metadata_lost", recovery.metadata_lost},
                            {"digest_differs", recovery.digest_differs}};
  return json::serialize(object) + "\n";
}

std::string text_of(const std::string& path, const trace::Recovery& recovery) {
  std::string text = fmt::format("{}: {} recovered from {}", path, counted(recovery.events, "event"),
                                 counted(recovery.chunks, "chunk"));
  if (recovery.journal_events > 0)
    text += fmt::format(", {} of them from the journal", grouped(recovery.journal_events));
  text += fmt::format(", digest {}\n", to_hex(recovery.digest));
  for (const trace::DamagedOctets& range : recovery.damaged) {
    text += fmt::format("  damaged: {} octets at offset {}\n", grouped(range.length), range.offset);
  }
  if (!recovery.lost.empty()) text += fmt::format("  lost: events {}\n", trace::to_text(recovery.lost));
  if (recovery.declarations_lost > 0) {
    text += fmt::format("  lost: what {} said; declared anew as lost:N\n",
                        counted(recovery.declarations_lost, "channel declaration"));
  }
  if (recovery.metadata_lost) text += "  lost: the metadata\n";
  if (recovery.digest_differs) text += "  the file states another digest for these events\n";
  if (recovery.is_whole()) text += "  nothing is lost\n";
  return text;
}

class Recover final : public Command {
 public:
  const char* name() const override { return "recover"; }
  const char* summary() const override { return "save what is whole of a damaged or unfinished trace"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback recover torn.rbt -o whole.rbt           exit code 0: nothing lost, 1: something, 2: not a "
           "trace\n"
           "  ringback recover torn.rbt -o whole.rbt --json    with the numbers of the lost events\n"
           "\nThe journal of a recording that was killed, torn.rbt.wal, is used where it stands beside it.\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("BROKEN", broken_, "the damaged trace; - is standard input");
    arguments.required_option("-o,--output", "FILE", output_, "the trace to write");
    arguments.flag("--json", json_, "as one JSON object");
  }

  ExitCode run(Context& context) override {
    context.about = "trace " + broken_;
    const auto source = host::open_source(broken_);
    std::unique_ptr<ByteSource> journal;
    if (const std::string path = broken_ + ".wal"; std::filesystem::exists(path)) journal = host::open_source(path);
    host::FileSink sink(output_);
    const trace::Recovery recovery = trace::recover(*source, journal.get(), sink);
    sink.finish();
    check_output(recovery);
    context.out.write(json_ ? json_of(recovery) : text_of(source->name(), recovery));
    return recovery.is_whole() ? ExitCode::holds : ExitCode::does_not_hold;
  }

 private:
  // What was written is believed only once it has been read again.
  void check_output(const trace::Recovery& recovery) const {
    if (!std::filesystem::is_regular_file(output_)) return;
    host::FileSource written(output_);
    const trace::Verification verification = trace::verify(written);
    RINGBACK_CHECK(verification.sound() && verification.digest == recovery.digest,
                   "{} reads back as what was recovered", output_);
  }

  std::string broken_;
  std::string output_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_recover() { return std::make_unique<Recover>(); }

}  // namespace ringback::cli
