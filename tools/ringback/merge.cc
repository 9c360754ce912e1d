#include <set>
#include <utility>

#include "src/base/error.h"
#include "src/host/file.h"
#include "src/trace/reader.h"
#include "src/trace/writer.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/text.h"

namespace ringback::cli {
namespace {

// One of the traces: its next event, and what its channels are called in the result.
class Part {
 public:
  explicit Part(const std::string& path) : source_(host::open_source(path)), reader_(*source_) { advance(); }

  const std::string& name() const { return source_->name(); }
  const trace::Metadata& metadata() const { return reader_.metadata(); }
  bool is_at_end() const { return is_at_end_; }
  const trace::Event& event() const { return event_; }
  void advance() { is_at_end_ = !reader_.next(event_); }

  trace::ChannelId renamed(trace::ChannelId channel) const { return ids_.at(channel); }
  void rename_next(trace::ChannelId channel) { ids_.push_back(channel); }

 private:
  std::unique_ptr<ByteSource> source_;
  trace::Reader reader_;
  trace::Event event_;
  bool is_at_end_ = false;
  std::vector<trace::ChannelId> ids_ = {trace::kControlChannel};  // by id in this trace
};

class Merge final : public Command {
 public:
  const char* name() const override { return "merge"; }
  const char* summary() const override { return "make one trace of several that recorded parts of one session"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback merge audio.rbt tools.rbt -o call.rbt\n"
           "\nEvents are ordered by time; at equal times the trace that is named first comes first. Each trace keeps "
           "its own\n"
           "order. Two traces with a channel of one name are refused. Facts and metadata: the first that has them.\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required_option("-o,--output", "FILE", output_, "the trace to write");
    arguments.required_many("TRACE", traces_, "the traces");
  }

  ExitCode run(Context& context) override {
    std::vector<std::unique_ptr<Part>> parts;
    for (const std::string& path : traces_) {
      context.about = "trace " + path;
      parts.push_back(std::make_unique<Part>(path));
    }
    host::FileSink sink(output_);
    trace::Writer writer(sink);
    // What must stand before everything else does.
    for (const auto& part : parts) {
      while (!part->is_at_end() && is_prelude(part->event())) take(*part, writer);
    }
    while (Part* const next = earliest(parts)) take(*next, writer);
    trace::Metadata metadata;
    for (const auto& part : parts) metadata.insert(part->metadata().begin(), part->metadata().end());
    const Digest digest = writer.finish(metadata);
    sink.finish();
    context.out.write(
        fmt::format("{}: {}, digest {}\n", sink.name(), counted(writer.events(), "event"), to_hex(digest)));
    return ExitCode::holds;
  }

 private:
  static bool is_prelude(const trace::Event& event) {
    return event.kind == trace::EventKind::channel_declared || event.kind == trace::EventKind::recording_facts;
  }

  static Part* earliest(const std::vector<std::unique_ptr<Part>>& parts) {
    Part* found = nullptr;
    for (const auto& part : parts) {
      if (!part->is_at_end() && (found == nullptr || part->event().at < found->event().at)) found = part.get();
    }
    return found;
  }

  void take(Part& part, trace::Writer& writer) {
    trace::Event event = part.event();
    part.advance();
    if (event.kind == trace::EventKind::recording_facts && std::exchange(has_facts_, true)) return;
    if (event.kind == trace::EventKind::channel_declared) {
      auto declared = trace::body_of<trace::ChannelDeclared>(event);
      if (!names_.insert(declared.name).second) {
        fail("{}: channel '{}' is in another of the traces too", part.name(), declared.name);
      }
      const auto id = static_cast<trace::ChannelId>(writer.channels().channels().size() + 1);
      part.rename_next(id);
      // Only where it must be: a body keeps fields that this version does not know.
      if (declared.id != id) {
        declared.id = id;
        event = trace::make_event({.at = event.at, .direction = event.direction, .origin = event.origin}, declared);
      }
    } else {
      event.channel = part.renamed(event.channel);
    }
    writer.append(event);
  }

  std::vector<std::string> traces_;
  std::string output_;
  std::set<std::string> names_;
  bool has_facts_ = false;
};

}  // namespace

std::unique_ptr<Command> make_merge() { return std::make_unique<Merge>(); }

}  // namespace ringback::cli
