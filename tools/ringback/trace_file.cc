#include "tools/ringback/trace_file.h"

#include <filesystem>

#include "src/host/file.h"
#include "src/host/scratch_file.h"

namespace ringback::cli {

trace::Trace load_trace(const std::string& path, Context& context) {
  context.about = "trace " + path;
  const auto source = host::open_source(path);
  return trace::read_trace(*source, std::make_shared<host::ScratchFile>());
}

Digest store_trace(const trace::Trace& trace, const std::string& path) {
  host::FileSink sink(path);
  const Digest digest = trace::write_trace(trace, sink);
  sink.finish();
  return digest;
}

Digest store_small_trace(const trace::Trace& trace, const std::string& path) {
  host::FileSink sink(path);
  const Digest digest = trace::write_small_trace(trace, sink);
  sink.finish();
  return digest;
}

void refuse_overwriting(const std::string& output, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(output, ignored) && std::filesystem::equivalent(output, input, ignored)) {
      fail("{}: is the input as well; expected another file for the output", output);
    }
  }
}

}  // namespace ringback::cli
