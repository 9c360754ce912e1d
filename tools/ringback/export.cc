#include "src/host/file.h"
#include "tools/ringback/commands.h"
#include "tools/ringback/trace_file.h"

namespace ringback::cli {
namespace {

class Export final : public Command {
 public:
  const char* name() const override { return "export"; }
  const char* summary() const override { return "write a trace in another format"; }
  const char* examples() const override {
    return "Examples:\n"
           "  ringback export jsonl call.rbt -o call.jsonl     lossless; imports back with the same digest\n"
           "  ringback export jsonl call.rbt -o - | head       to standard output\n"
           "  ringback export wav call.rbt -o call.wav         stereo, caller left, agent right\n"
           "  ringback export chrome-trace call.rbt -o t.json  for Perfetto\n";
  }

  void declare(Arguments& arguments) override {
    arguments.required("FORMAT", format_, "jsonl, wav, chrome-trace or otlp");
    arguments.required("TRACE", trace_, "the trace; - is standard input");
    arguments.required_option("-o,--output", "OUT", output_, "the file to write; - is standard output");
  }

  ExitCode run(Context& context) override {
    const formats::Exporter& exporter = exporter_named(context.exporters, format_);
    const trace::Trace trace = load_trace(trace_, context);
    host::FileSink sink(output_);
    exporter.write(trace, sink);
    sink.finish();
    return ExitCode::holds;
  }

 private:
  std::string format_;
  std::string trace_;
  std::string output_;
};

}  // namespace

std::unique_ptr<Command> make_export() { return std::make_unique<Export>(); }

}  // namespace ringback::cli
