#include "tools/ringback/formats.h"

#include "src/formats/chrome_trace.h"
#include "src/formats/go_vcr.h"
#include "src/formats/har.h"
#include "src/formats/httprr.h"
#include "src/formats/inspect_log.h"
#include "src/formats/jsonl.h"
#include "src/formats/livekit_report.h"
#include "src/formats/mcp_log.h"
#include "src/formats/otlp.h"
#include "src/formats/packet_capture.h"
#include "src/formats/realtime_cassette.h"
#include "src/formats/realtime_jsonl.h"
#include "src/formats/ruby_vcr.h"
#include "src/formats/scenario.h"
#include "src/formats/sse_chunks.h"
#include "src/formats/tau2_ticks.h"
#include "src/formats/tau_bench.h"
#include "src/formats/twilio_jsonl.h"
#include "src/formats/vcrpy.h"
#include "src/formats/wav.h"
#include "src/formats/whisker.h"
#include "src/host/espeak.h"

namespace ringback::cli {
namespace {

std::vector<std::int16_t> speak(const std::string& text, const formats::ScenarioVoice& voice) {
  return host::speak_with_espeak(
      text, {.name = voice.name, .words_per_minute = voice.words_per_minute, .pitch = voice.pitch});
}

}  // namespace

std::vector<formats::Importer> all_importers() {
  return {formats::jsonl_importer(),         formats::realtime_cassette_importer(),
          formats::scenario_importer(speak), formats::realtime_jsonl_importer(),
          formats::twilio_jsonl_importer(),  formats::livekit_report_importer(),
          formats::vcrpy_importer(),         formats::go_vcr_importer(),
          formats::ruby_vcr_importer(),      formats::httprr_importer(),
          formats::har_importer(),           formats::sse_chunks_importer(),
          formats::mcp_log_importer(),       formats::tau_bench_importer(),
          formats::tau2_ticks_importer(),    formats::inspect_log_importer(),
          formats::whisker_importer(),       formats::wav_importer(),
          formats::packet_capture_importer()};
}

std::vector<formats::Exporter> all_exporters() {
  return {formats::jsonl_exporter(), formats::wav_exporter(), formats::chrome_trace_exporter(),
          formats::otlp_exporter()};
}

}  // namespace ringback::cli
