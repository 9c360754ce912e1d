#include <charconv>

#include "src/base/error.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "src/trace/writer.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/selection.h"
#include "tools/ringback/text.h"

namespace ringback::cli {
namespace {

// Numbers from `first` to `last`, as in "3" or "2..5".
struct Exchanges {
  std::uint32_t first = 0;
  std::uint32_t last = UINT32_MAX;
};

std::uint32_t parse_number(std::string_view text, const std::string& whole) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) {
    fail("--exchange: expected a number from 1 or a range as 2..5, found '{}'", whole.substr(0, 80));
  }
  return number;
}

Exchanges parse_exchanges(const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return {.first = parse_number(text, text), .last = parse_number(text, text)};
  const std::string_view view = text;
  return {.first = parse_number(view.substr(0, dots), text), .last = parse_number(view.substr(dots + 2), text)};
}

class Slice final : public Command {
 public:
  const char* name() const override { return "slice"; }
  const char* summary() const override { return "make a trace of a part of one: of its time, channels, exchanges"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback slice call.rbt --from 12.48s --to 14s -o part.rbt\n"
           "  ringback slice call.rbt --channel model --channel 'tool:*' -o text.rbt\n"
           "  ringback slice call.rbt --exchange 2..5 -o four.rbt    events of other exchanges are left out\n"
           "\nEvents keep their times and their order. Every channel stays declared, and facts about the recording "
           "stay.\n"
           "Without any filter the digest is the same.\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("TRACE", trace_, "the trace; - is standard input");
    arguments.required_option("-o,--output", "FILE", output_, "the trace to write");
    arguments.option("--from", "T", from_, "only events at this time or later: 12.48s, 250ms");
    arguments.option("--to", "T", to_, "only events before this time");
    arguments.option("--channel", "C", channels_, "only channels of this name; * stands for any characters");
    arguments.option("--exchange", "N", exchange_, "no events of other exchanges than N, or N..M");
  }

  ExitCode run(Context& context) override {
    context.about = "trace " + trace_;
    if (from_) from_time_ = VirtualTime() + parse_duration(*from_, "--from");
    // Without --to there is no end; INT64_MAX itself is a time that an event may have.
    if (to_) last_time_ = VirtualTime() + parse_duration(*to_, "--to") - nanoseconds(1);
    if (exchange_) exchanges_ = parse_exchanges(*exchange_);
    const auto source = host::open_source(trace_);
    trace::Reader reader(*source);
    host::FileSink sink(output_);
    trace::Writer writer(sink);
    copy(reader, writer);
    const Digest digest = writer.finish(reader.metadata());
    sink.finish();
    context.out.write(
        fmt::format("{}: {}, digest {}\n", sink.name(), counted(writer.events(), "event"), to_hex(digest)));
    return ExitCode::holds;
  }

 private:
  void copy(trace::Reader& reader, trace::Writer& writer) const {
    ChannelSelection selection(channels_);
    trace::ChannelTable table;
    trace::Event event;
    while (reader.next(event)) {
      table.observe(event);
      selection.observe(table);
      if (is_about_all(event) || is_wanted(event, selection)) writer.append(event);
    }
    selection.expect_all_used(table);
  }

  static bool is_about_all(const trace::Event& event) {
    return event.kind == trace::EventKind::channel_declared || event.kind == trace::EventKind::recording_facts;
  }

  bool is_wanted(const trace::Event& event, const ChannelSelection& selection) const {
    if (event.at < from_time_ || event.at > last_time_ || !selection.has(event.channel)) return false;
    return event.exchange == 0 || (event.exchange >= exchanges_.first && event.exchange <= exchanges_.last);
  }

  std::string trace_;
  std::string output_;
  std::optional<std::string> from_;
  std::optional<std::string> to_;
  std::vector<std::string> channels_;
  std::optional<std::string> exchange_;
  VirtualTime from_time_ = VirtualTime::from_ns(INT64_MIN);
  VirtualTime last_time_ = kVirtualTimeMax;
  Exchanges exchanges_;
};

}  // namespace

std::unique_ptr<Command> make_slice() { return std::make_unique<Slice>(); }

}  // namespace ringback::cli
