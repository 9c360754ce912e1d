#include "src/base/error.h"
#include "src/base/suggest.h"
#include "src/formats/jsonl.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "tools/ringback/commands.h"

namespace ringback::cli {
namespace {

// Whether `pattern`, in which * stands for any characters, is all of `text`.
bool matches(std::string_view pattern, std::string_view text) {
  while (!pattern.empty() && pattern.front() != '*') {
    if (text.empty() || text.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  if (pattern.empty()) return text.empty();
  // Literal pieces between stars are found from left to right, each as early as it can be; the last must end the text.
  while (true) {
    pattern.remove_prefix(1);
    const std::size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    if (star == std::string_view::npos)
      return text.size() >= piece.size() && text.substr(text.size() - piece.size()) == piece;
    const std::size_t found = text.find(piece);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + piece.size());
    pattern.remove_prefix(star);
  }
}

constexpr std::string_view kControlName = "control";

// Which channels of a trace a pattern selects, while their declarations pass by.
class Selection {
 public:
  explicit Selection(std::optional<std::string> pattern) : pattern_(std::move(pattern)) { take(kControlName); }

  void observe(const trace::ChannelTable& table) {
    while (selected_.size() <= table.channels().size()) take(table.channels()[selected_.size() - 1].name);
  }

  bool has(trace::ChannelId id) const { return selected_[id]; }

  // After the last event: throws Error where the pattern selected nothing.
  void expect_any(const trace::ChannelTable& table) const {
    if (any_) return;
    std::vector<std::string_view> names = {kControlName};
    for (const trace::Channel& channel : table.channels()) names.push_back(channel.name);
    const std::string nearest = nearest_word(*pattern_, names);
    fail("--channel: no channel '{}'{}", *pattern_,
         nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest));
  }

 private:
  void take(std::string_view name) {
    selected_.push_back(!pattern_ || matches(*pattern_, name));
    any_ = any_ || selected_.back();
  }

  std::optional<std::string> pattern_;
  std::vector<bool> selected_;  // by channel id
  bool any_ = false;
};

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
    Selection selection(channel_);
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
    selection.expect_any(table);
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
