// Any octets as a file of each foreign format: a trace that reads back with its digest, from a file and from JSON
// lines.
#include <algorithm>

#include "src/base/error.h"
#include "src/formats/import_recording.h"
#include "src/formats/jsonl.h"
#include "src/formats/scenario.h"
#include "src/trace/content_root.h"
#include "tests/fuzz/targets.h"
#include "tools/ringback/formats.h"

namespace ringback::fuzz {
namespace {

// Quick, and as long as speech is: 60 ms a character of a square wave.
std::vector<std::int16_t> speak(const std::string& text, const formats::ScenarioVoice& voice) {
  std::vector<std::int16_t> samples(text.size() * 480);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(i / 20 % 2 == 0 ? 6000 + voice.pitch : -6000);
  }
  return samples;
}

// A call of two hours is fine, but takes a sanitized program minutes: such scripts are parsed only.
trace::Trace import_short_call(std::span<const formats::ImportInput> inputs) {
  const formats::Scenario script = formats::parse_scenario(inputs.front().name, inputs.front().data);
  Duration waits;
  for (const formats::ScenarioStep& step : script.steps) {
    waits += step.after + step.latency + step.at.value_or(Duration()) + step.interrupts.value_or(Duration());
    if (waits > seconds(60)) fail("fuzz: a script of a long call");
  }
  return formats::compile_scenario(inputs.front().name, script, speak);
}

Digest digest_of(const trace::Trace& trace) {
  trace::ContentRoot root;
  for (const trace::Event& event : trace.events) root.add(event);
  return root.finish();
}

void import_as(const formats::Importer& importer, BytesView data) {
  const formats::ImportInput input{.name = "fuzz", .data = Bytes(data)};
  (void)importer.detect(data.substr(0, formats::kDetectHeadBytes), input.name);
  const trace::Trace trace = formats::import_recording(importer, {&input, 1}).trace;
  const Digest digest = digest_of(trace);

  MemorySink file;
  RINGBACK_CHECK(trace::write_trace(trace, file) == digest, "a writer's digest is that of the events");
  MemorySource source("fuzz.rbt", file.data());
  RINGBACK_CHECK(digest_of(trace::read_trace(source)) == digest, "a trace reads back");
  MemorySink lines;
  formats::write_jsonl(trace, lines);
  RINGBACK_CHECK(digest_of(formats::read_jsonl("fuzz.jsonl", lines.data())) == digest, "JSON lines read back");
}

}  // namespace

std::vector<Target> import_targets() {
  std::vector<Target> targets;
  for (formats::Importer importer : cli::all_importers()) {
    if (importer.name == "scenario") importer.read = import_short_call;
    targets.push_back(
        {.name = "import-" + importer.name, .take = [importer](BytesView data) { import_as(importer, data); }});
  }
  return targets;
}

}  // namespace ringback::fuzz
