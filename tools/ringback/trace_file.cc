#include "tools/ringback/trace_file.h"

#include "src/host/file.h"

namespace ringback::cli {

trace::Trace load_trace(const std::string& path, Context& context) {
  context.about = "trace " + path;
  const auto source = host::open_source(path);
  return trace::read_trace(*source);
}

Digest store_trace(const trace::Trace& trace, const std::string& path) {
  host::FileSink sink(path);
  const Digest digest = trace::write_trace(trace, sink);
  sink.finish();
  return digest;
}

}  // namespace ringback::cli
