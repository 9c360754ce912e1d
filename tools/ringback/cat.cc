#include "src/base/error.h"
#include "src/formats/jsonl.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/selection.h"

namespace ringback::cli {
namespace {

class Cat final : public Command {
 public:
  const char* name() const override { return "cat"; }
  const char* summary() const override { return "print events as JSON lines"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback cat call.rbt --channel 'tool:*'             what went to and came from the tools\n"
           "  ringback cat call.rbt --from 12.48s --to 14s         from 12.48 s on, and before 14 s\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("TRACE", trace_, "the trace; - is standard input");
    arguments.option("--channel", "C", channel_, "only channels of this name; * stands for any characters");
    arguments.option("--from", "T", from_, "only events at this time or later: 12.48s, 250ms");
    arguments.option("--to", "T", to_, "only events before this time");
  }

  ExitCode run(Context& context) override {
    const VirtualTime from = time_of(from_, "--from", VirtualTime::from_ns(INT64_MIN));
    // Without --to there is no end; INT64_MAX itself is a time that an event may have.
    const VirtualTime last = to_ ? time_of(to_, "--to", {}) - nanoseconds(1) : kVirtualTimeMax;
    context.about = "trace " + trace_;
    const auto source = host::open_source(trace_);
    trace::Reader reader(*source);
    trace::ChannelTable table;
    ChannelSelection selection(channel_ ? std::vector{*channel_} : std::vector<std::string>());
    trace::Event event;
    std::string line;
    while (reader.next(event)) {
      table.observe(event);
      selection.observe(table);
      if (event.at < from || event.at > last || !selection.has(event.channel)) continue;
      line.clear();
      formats::append_jsonl_event(event, table, line);
      context.out.write(line);
    }
    selection.expect_all_used(table);
    return ExitCode::holds;
  }

 private:
  static VirtualTime time_of(const std::optional<std::string>& text, std::string_view option, VirtualTime otherwise) {
    return text ? VirtualTime() + parse_duration(*text, option) : otherwise;
  }

  std::string trace_;
  std::optional<std::string> channel_;
  std::optional<std::string> from_;
  std::optional<std::string> to_;
};

}  // namespace

std::unique_ptr<Command> make_cat() { return std::make_unique<Cat>(); }

}  // namespace ringback::cli
