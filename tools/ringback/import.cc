#include <algorithm>
#include <filesystem>

#include "src/base/error.h"
#include "src/formats/import_recording.h"
#include "src/host/file.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/text.h"
#include "tools/ringback/trace_file.h"

namespace ringback::cli {
namespace {

// Whether the first word can only be meant as a format: several words, and no file of that name.
bool is_format(const std::vector<std::string>& words, const std::vector<formats::Importer>& importers) {
  const std::string& first = words.front();
  if (words.size() < 2) return false;
  const bool known = std::any_of(importers.begin(), importers.end(),
                                 [&](const formats::Importer& importer) { return importer.name == first; });
  std::error_code ignored;
  const bool looks_like_path = first.find_first_of("./") != std::string::npos || first == host::kStandardStream;
  return known || (!looks_like_path && !std::filesystem::exists(first, ignored));
}

class Import final : public Command {
 public:
  const char* name() const override { return "import"; }
  const char* summary() const override { return "make a trace of a foreign recording"; }
  const char* examples() const override {
    return "Formats: jsonl, scenario, realtime-cassette, realtime-jsonl, twilio, livekit, vcrpy, go-vcr, ruby-vcr,\n"
           "httprr, har, sse, mcp, tau-bench, tau2-ticks, inspect, whisker, wav. Without one it is detected. "
           "(packet-capture "
           "is\n"
           "recognised, and refused: it holds packets, not messages.)\n\n"
           "Examples:\n"
           "  ringback import session.yaml -o session.rbt          the format is detected\n"
           "  ringback import jsonl edited.jsonl -o edited.rbt     the format is named\n"
           "  ringback import wav call.wav call.rbt -o whole.rbt   sound for a trace that has none\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required_many("INPUT", words_, "[FORMAT] INPUT..., the files of one recording; - is standard input");
    arguments.required_option("-o,--output", "OUT.rbt", output_, "where the trace goes");
  }

  ExitCode run(Context& context) override {
    const formats::Importer* importer = nullptr;
    std::span<const std::string> paths(words_);
    if (is_format(words_, context.importers)) {
      importer = &importer_named(context.importers, words_.front());
      paths = paths.subspan(1);
    }
    refuse_overwriting(output_, {paths.begin(), paths.end()});
    std::vector<formats::ImportInput> inputs;
    for (const std::string& path : paths) inputs.push_back({.name = path, .data = host::read_whole(path)});
    context.about = "input " + inputs.front().name;
    if (importer == nullptr) importer = &detect_importer(context.importers, inputs.front());

    formats::Imported imported = formats::import_recording(*importer, inputs);
    if (!imported.cut_off.empty()) context.error.write(fmt::format("warning: {}\n", printable(imported.cut_off)));
    trace::Trace& trace = imported.trace;
    trace.metadata.emplace("origin", "import " + importer->name);
    const Digest digest = store_trace(trace, output_);
    if (output_ != host::kStandardStream) {
      context.out.write(fmt::format("{}: {} on {} in {}, digest {}\n", output_, counted(trace.events.size(), "event"),
                                    counted(trace.channels.channels().size(), "channel"),
                                    to_seconds_text(trace.duration()), to_hex(digest)));
    }
    return ExitCode::holds;
  }

 private:
  std::vector<std::string> words_;
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_import() { return std::make_unique<Import>(); }

}  // namespace ringback::cli
