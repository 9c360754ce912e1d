#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "src/base/error.h"
#include "src/host/file.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/summary.h"
#include "tools/ringback/text.h"

namespace ringback::cli {
namespace {

namespace json = boost::json;

std::string metadata_of(const TraceSummary& summary, const std::string& key) {
  const auto found = summary.metadata.find(key);
  return found == summary.metadata.end() ? "" : printable(found->second);
}

json::object json_of(const ChannelSummary& summary) {
  const trace::Channel& channel = summary.channel;
  json::object object;
  object["name"] = printable(channel.name);
  object["kind"] = name_of(channel.kind);
  object["events"] = summary.events;
  object["to_agent"] = summary.to_agent;
  object["from_agent"] = summary.from_agent;
  object["bytes"] = summary.body_bytes;
  if (!channel.encoding.empty()) object["encoding"] = printable(channel.encoding);
  if (channel.rate != 0) object["rate"] = channel.rate;
  if (!channel.url.empty()) object["url"] = printable(channel.url);
  if (summary.first) object["first_ns"] = summary.first->ns();
  if (summary.last) object["last_ns"] = summary.last->ns();
  return object;
}

std::string json_of(const TraceSummary& summary) {
  json::object object;
  object["digest"] = to_hex(summary.digest);
  object["events"] = summary.events;
  object["duration_ns"] = summary.duration.ns();
  object["origin"] = metadata_of(summary, "origin");
  object["redaction"] = metadata_of(summary, "redaction");
  if (summary.metadata.contains("input")) object["input"] = metadata_of(summary, "input");
  if (summary.metadata.contains("level")) object["level"] = metadata_of(summary, "level");
  object["file_bytes"] = summary.file_bytes;
  object["writer"] = printable(summary.writer);
  object["facts"] = json::object{{"source", printable(summary.facts.source)},
                                 {"times", printable(summary.facts.times)},
                                 {"audio", printable(summary.facts.audio)},
                                 {"tools", printable(summary.facts.tools)},
                                 {"wall_start_ns", summary.facts.wall_start_ns}};
  json::array channels;
  for (const ChannelSummary& channel : summary.channels) channels.push_back(json_of(channel));
  object["channels"] = std::move(channels);
  json::object metadata;
  for (const auto& [key, value] : summary.metadata) metadata[printable(key)] = printable(value);
  object["metadata"] = std::move(metadata);
  return json::serialize(object) + "\n";
}

// Lines of a name and a value; those without a value are left out.
class Facts {
 public:
  explicit Facts(bool color) : color_(color) {}

  void add(const std::string& name, const std::string& value) {
    if (value.empty()) return;
    constexpr std::size_t kNameWidth = 12;
    const std::string spaces(kNameWidth - std::min(kNameWidth - 1, name.size()), ' ');
    text_ += color_ ? fmt::format("  \x1b[2m{}\x1b[0m{}{}\n", name, spaces, value)
                    : fmt::format("  {}{}{}\n", name, spaces, value);
  }
  const std::string& text() const { return text_; }

 private:
  bool color_;
  std::string text_;
};

// What is not as a complete capture would be.
std::string caveats_of(const trace::RecordingFacts& facts) {
  std::string text;
  const auto add = [&](std::string_view what, const Bytes& value) {
    if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, printable(value));
  };
  add("times", facts.times);
  add("audio", facts.audio);
  add("tools", facts.tools);
  return text;
}

// How long the audio of a channel is, or how many exchanges it has.
std::string extent_of(const ChannelSummary& summary) {
  const trace::Channel& channel = summary.channel;
  if (channel.rate != 0 && summary.audio_bytes != 0) {
    const std::uint64_t bytes_a_second = channel.rate * (channel.encoding == "pcm16le" ? 2u : 1u);
    const std::uint64_t tenths =
        summary.audio_bytes / bytes_a_second * 10 + summary.audio_bytes % bytes_a_second * 10 / bytes_a_second;
    return fmt::format("{}.{} s of sound", grouped(tenths / 10), tenths % 10);
  }
  return summary.exchanges == 0 ? "" : counted(summary.exchanges, "exchange");
}

std::string kind_of(const trace::Channel& channel) {
  std::string text(name_of(channel.kind));
  if (!channel.encoding.empty()) text += fmt::format(" {}", printable(channel.encoding));
  if (channel.rate != 0) text += fmt::format(" {} Hz", channel.rate);
  return text;
}

std::string number_or_blank(std::uint64_t number) { return number == 0 ? "" : grouped(number); }

std::string time_or_blank(const std::optional<VirtualTime>& time) {
  return time ? to_seconds_text(time->since_start()) : "";
}

std::string table_of(const std::vector<ChannelSummary>& channels) {
  constexpr Alignment kRight = Alignment::right;
  Table table({{"channel"},
               {"kind"},
               {"events", kRight},
               {"to agent", kRight},
               {"from agent", kRight},
               {"size", kRight},
               {"first", kRight},
               {"last", kRight},
               {""}});
  for (const ChannelSummary& summary : channels) {
    table.add({printable(summary.channel.name), kind_of(summary.channel), grouped(summary.events),
               number_or_blank(summary.to_agent), number_or_blank(summary.from_agent), size_text(summary.body_bytes),
               time_or_blank(summary.first), time_or_blank(summary.last), extent_of(summary)});
  }
  return table.text(2);
}

std::string text_of(const std::string& path, const TraceSummary& summary, bool color) {
  Facts facts(color);
  facts.add("digest", to_hex(summary.digest));
  facts.add("events", fmt::format("{} on {}", grouped(summary.events), counted(summary.channels.size(), "channel")));
  facts.add("duration", to_seconds_text(summary.duration));
  facts.add("size", size_text(summary.file_bytes));
  facts.add("origin", metadata_of(summary, "origin"));
  facts.add("input", metadata_of(summary, "input"));
  facts.add("recording", printable(summary.facts.source));
  facts.add("caveats", caveats_of(summary.facts));
  facts.add("redaction", metadata_of(summary, "redaction"));
  for (const char* key : {"level", "agent", "seed", "taints", "command"}) facts.add(key, metadata_of(summary, key));
  if (summary.faults_fired != 0) facts.add("faults", fmt::format("fired {}", counted(summary.faults_fired, "time")));
  std::string text = color ? fmt::format("\x1b[1m{}\x1b[0m\n", path) : fmt::format("{}\n", path);
  text += facts.text();
  if (!summary.channels.empty()) text += fmt::format("\n{}", table_of(summary.channels));
  return text;
}

class Info final : public Command {
 public:
  const char* name() const override { return "info"; }
  const char* summary() const override { return "say what a trace holds"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback info call.rbt\n"
           "  ringback info call.rbt --json | jq -r .digest\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("TRACE", trace_, "the trace; - is standard input");
    arguments.flag("--json", json_, "as one JSON object");
  }

  ExitCode run(Context& context) override {
    context.about = "trace " + trace_;
    const auto source = host::open_source(trace_);
    const TraceSummary summary = summarize(*source);
    context.out.write(json_ ? json_of(summary) : text_of(source->name(), summary, context.color));
    return ExitCode::holds;
  }

 private:
  std::string trace_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_info() { return std::make_unique<Info>(); }

}  // namespace ringback::cli
