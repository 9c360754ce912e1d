#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "src/base/error.h"
#include "src/formats/jsonl.h"
#include "tests/support/temporary_folder.h"
#include "tools/ringback/cli.h"
#include "tools/ringback/formats.h"

namespace ringback::cli {
namespace {

struct Outcome {
  ExitCode code;
  std::string out;
  std::string error;
};

Outcome ringback(const std::vector<std::string>& words) {
  MemorySink out;
  MemorySink error;
  Context context{
      .out = out, .error = error, .importers = {formats::jsonl_importer()}, .exporters = {formats::jsonl_exporter()}};
  const ExitCode code = run_command_line(words, context);
  return {code, out.data(), error.data()};
}

std::string get(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void put(const std::string& path, BytesView data) { std::ofstream(path, std::ios::binary) << data; }

constexpr std::string_view kCall =
    R"({"ringback":"jsonl","version":1,"metadata":{"origin":"by hand"}}
{"at_ns":0,"kind":"channel_declared","direction":"none","origin":"captured","id":1,"channel_kind":"model","name":"model"}
{"at_ns":0,"kind":"channel_declared","direction":"none","origin":"captured","id":2,"channel_kind":"tool","name":"tool:ehr.lookup"}
{"at_ns":1000000000,"channel":"model","kind":"message","direction":"to_agent","origin":"captured","text":"hello"}
{"at_ns":2000000000,"channel":"tool:ehr.lookup","kind":"request","direction":"from_agent","origin":"captured","exchange":1,"operation":"ehr.lookup"}
{"at_ns":3000000000,"channel":"tool:ehr.lookup","kind":"response","direction":"to_agent","origin":"captured","exchange":1,"status":200}
)";

// A folder with the call as call.jsonl and call.rbt.
class Call {
 public:
  Call() {
    put(jsonl, kCall);
    const Outcome imported = ringback({"import", jsonl, "-o", rbt});
    INFO(imported.error);
    REQUIRE(imported.code == ExitCode::holds);
  }
  const TemporaryFolder folder;
  const std::string jsonl = folder.file("call.jsonl");
  const std::string rbt = folder.file("call.rbt");
};

// One line, which begins as all of them do.
void expect_complaint(const Outcome& outcome, const std::string& part) {
  CHECK(outcome.code == ExitCode::bad_input);
  CHECK_THAT(outcome.error, Catch::StartsWith("ringback: ") && Catch::Contains(part) && Catch::EndsWith("\n"));
  CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
}

TEST_CASE("what was imported from JSON lines exports to the same bytes") {
  const Call call;
  const std::string out = call.folder.file("out.jsonl");
  CHECK(ringback({"export", "jsonl", call.rbt, "-o", out}).code == ExitCode::holds);
  CHECK(get(out) == kCall);
  CHECK(ringback({"import", "jsonl", out, "-o", call.folder.file("again.rbt")}).code == ExitCode::holds);
  CHECK(get(call.folder.file("again.rbt")) == get(call.rbt));
}

TEST_CASE("info names channels, digest and origin, as text and as JSON") {
  const Call call;
  const Outcome text = ringback({"info", call.rbt});
  CHECK(text.code == ExitCode::holds);
  CHECK_THAT(text.out, Catch::Contains("tool:ehr.lookup") && Catch::Contains("3.000 s") && Catch::Contains("by hand"));
  CHECK_THAT(text.out, !Catch::Contains("\x1b"));
  const Outcome json = ringback({"info", call.rbt, "--json"});
  CHECK_THAT(json.out, Catch::Contains(R"("events":5,"duration_ns":3000000000,"origin":"by hand")"));
  CHECK_THAT(json.out, Catch::Contains(R"({"name":"tool:ehr.lookup","kind":"tool","events":2)"));
}

TEST_CASE("cat selects by channel and time") {
  const Call call;
  const auto lines = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"cat", call.rbt});
    const Outcome outcome = ringback(options);
    CHECK(outcome.code == ExitCode::holds);
    return std::count(outcome.out.begin(), outcome.out.end(), '\n');
  };
  CHECK(lines({}) == 5);
  CHECK(lines({"--channel", "model"}) == 1);
  CHECK(lines({"--channel", "tool:*"}) == 2);
  CHECK(lines({"--channel", "*o*l*"}) == 5);
  CHECK(lines({"--channel", "control"}) == 2);
  CHECK(lines({"--from", "1s"}) == 3);
  CHECK(lines({"--to", "2s"}) == 3);
  CHECK(lines({"--from", "1s", "--to", "2s"}) == 1);
  CHECK(lines({"--channel", "tool:*", "--from", "2.5s"}) == 1);
}

TEST_CASE("a channel that the trace lacks is an error, not an empty answer") {
  const Call call;
  expect_complaint(ringback({"cat", call.rbt, "--channel", "modle"}), "no channel 'modle' (did you mean 'model'?)");
  expect_complaint(ringback({"cat", call.rbt, "--channel", "bus:*"}), "no channel 'bus:*'");
  expect_complaint(ringback({"cat", call.rbt, "--from", "soon"}), "--from: expected a time such as 12.48s");
}

TEST_CASE("diff finds nothing in a copy and exits with 1 on a difference") {
  const Call call;
  CHECK(ringback({"diff", call.rbt, call.rbt}).code == ExitCode::holds);
  std::string edited(kCall);
  edited.replace(edited.find("hello"), 5, "holla");
  put(call.jsonl, edited);
  const std::string other = call.folder.file("other.rbt");
  REQUIRE(ringback({"import", call.jsonl, "-o", other}).code == ExitCode::holds);
  const Outcome text = ringback({"diff", call.rbt, other});
  CHECK(text.code == ExitCode::does_not_hold);
  CHECK_THAT(text.out, Catch::Contains("hello") && Catch::Contains("holla"));
  const Outcome json = ringback({"diff", call.rbt, other, "--json"});
  CHECK(json.code == ExitCode::does_not_hold);
  CHECK_THAT(json.out, Catch::Contains(R"("equal":false)") && Catch::Contains(R"("event":3)"));
}

TEST_CASE("verify exits with 1 on damage and names the place") {
  const Call call;
  CHECK(ringback({"verify", call.rbt}).code == ExitCode::holds);
  std::string damaged = get(call.rbt);
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  put(call.rbt, damaged);
  const Outcome text = ringback({"verify", call.rbt});
  CHECK(text.code == ExitCode::does_not_hold);
  CHECK_THAT(text.out, Catch::Contains("damaged: ") && Catch::Contains("offset"));
  CHECK(ringback({"verify", call.rbt, "--json"}).code == ExitCode::does_not_hold);
  expect_complaint(ringback({"info", call.rbt}), "offset");
}

TEST_CASE("a failed import leaves no file behind and keeps an older one") {
  const Call call;
  const std::string before = get(call.rbt);
  put(call.jsonl, std::string(kCall) + "{\"at_ns\":1}\n");
  expect_complaint(ringback({"import", call.jsonl, "-o", call.rbt}), "call.jsonl: line 7: expected a field 'kind'");
  CHECK(get(call.rbt) == before);
}

TEST_CASE("wrong usage is one line, exit code 2, with the nearest word") {
  const Call call;
  expect_complaint(ringback({}), "expected a command");
  expect_complaint(ringback({"infoo"}), "unknown command 'infoo' (did you mean 'info'?)");
  expect_complaint(ringback({"--quiet"}), "expected a command, found the option '--quiet'");
  expect_complaint(ringback({"info", "--jsn", call.rbt}), "info: unknown option '--jsn' (did you mean '--json'?)");
  expect_complaint(ringback({"info", "--jsn=x", call.rbt}), "info: unknown option '--jsn' (did you mean '--json'?)");
  expect_complaint(ringback({"info"}), "info: expected TRACE");
  expect_complaint(ringback({"info", "a", "b"}), "info: 'b' is one argument too many");
  expect_complaint(ringback({"info", "a", "--", "b"}), "nothing is expected after '--', found 'b'");
  expect_complaint(ringback({"import", call.jsonl}), "import: expected --output");
  expect_complaint(ringback({"import", "jsnol", call.jsonl, "-o", call.rbt}), "did you mean 'jsonl'?");
  expect_complaint(ringback({"export", "pdf", call.rbt, "-o", "x"}), "no format 'pdf' to export");
  expect_complaint(ringback({"diff", "-", "-"}), "only one of the two");
  expect_complaint(ringback({"info", call.folder.file("none")}), "none: cannot be opened");
  expect_complaint(ringback({"info", call.jsonl}), "call.jsonl: offset 0: expected a ringback trace");
}

TEST_CASE("recover exits 0 where nothing is lost, 1 where something is, 2 where there is no trace") {
  const Call call;
  const std::string out = call.folder.file("out.rbt");
  CHECK(ringback({"recover", call.rbt, "-o", out}).code == ExitCode::holds);
  CHECK(get(out) == get(call.rbt));
  const std::string torn = call.folder.file("torn.rbt");
  put(torn, get(call.rbt).substr(0, get(call.rbt).size() - 200));
  const Outcome lossy = ringback({"recover", torn, "-o", out, "--json"});
  CHECK(lossy.code == ExitCode::does_not_hold);
  CHECK_THAT(lossy.out, Catch::Contains(R"("lost":[{"first":)"));
  CHECK(ringback({"verify", out}).code == ExitCode::holds);
  expect_complaint(ringback({"recover", call.jsonl, "-o", out}), "expected a ringback trace");
}

TEST_CASE("slice and merge without a filter keep the digest; with one, what was asked for") {
  const Call call;
  const std::string out = call.folder.file("out.rbt");
  CHECK(ringback({"slice", call.rbt, "-o", out}).code == ExitCode::holds);
  CHECK(get(out) == get(call.rbt));
  CHECK(ringback({"merge", call.rbt, "-o", out}).code == ExitCode::holds);
  CHECK(get(out) == get(call.rbt));
  CHECK(ringback({"slice", call.rbt, "-o", out, "--channel", "tool:*", "--from", "2500ms"}).code == ExitCode::holds);
  const std::string lines = ringback({"cat", out}).out;
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  CHECK_THAT(lines, Catch::Contains("\"status\":200") && Catch::Contains("\"name\":\"model\""));
  CHECK(ringback({"slice", call.rbt, "-o", out, "--exchange", "2..3"}).code == ExitCode::holds);
  CHECK_THAT(ringback({"cat", out}).out, !Catch::Contains("status") && Catch::Contains("hello"));
  expect_complaint(ringback({"slice", call.rbt, "-o", out, "--channel", "tool:ehr.lokup"}), "did you mean");
  expect_complaint(ringback({"slice", call.rbt, "-o", out, "--exchange", "x"}), "--exchange");
}

TEST_CASE("merge orders by time and refuses two channels of one name") {
  const Call call;
  const std::string out = call.folder.file("out.rbt");
  const std::string bus = call.folder.file("bus.jsonl");
  put(bus, R"({"ringback":"jsonl","version":1,"metadata":{"origin":"other","more":"x"}}
{"at_ns":0,"kind":"channel_declared","direction":"none","origin":"captured","id":1,"channel_kind":"bus","name":"bus:a"}
{"at_ns":2500000000,"channel":"bus:a","kind":"published","direction":"to_agent","origin":"captured","subject":"a"}
)");
  const std::string bus_trace = call.folder.file("bus.rbt");
  REQUIRE(ringback({"import", bus, "-o", bus_trace}).code == ExitCode::holds);
  CHECK(ringback({"merge", call.rbt, bus_trace, "-o", out}).code == ExitCode::holds);
  const std::string lines = ringback({"cat", out}).out;
  const std::size_t request = lines.find("\"request\"");
  const std::size_t published = lines.find("\"published\"");
  const std::size_t response = lines.find("\"response\"");
  CHECK((request < published && published < response && response != std::string::npos));
  CHECK_THAT(ringback({"info", out, "--json"}).out, Catch::Contains("by hand") && Catch::Contains("more"));
  expect_complaint(ringback({"merge", call.rbt, call.rbt, "-o", out}), "channel 'model' is in another");
}

TEST_CASE("a command of a later version says so and is not offered by --help") {
  const std::string help = ringback({"--help"}).out;
  for (const char* later : {"record", "drill", "serve", "view"}) {
    expect_complaint(ringback({later, "x"}), std::string("'") + later + "' is not in this version");
    CHECK_THAT(help, !Catch::Contains(std::string("\n  ") + later + " "));
  }
}

TEST_CASE("every command has --help with an example that names it") {
  for (const char* name : {"import", "export", "info", "cat", "diff", "verify", "explore", "shrink", "repro"}) {
    CHECK_THAT(ringback({"--help"}).out, Catch::Contains(std::string("\n  ") + name + " "));
    const Outcome help = ringback({name, "--help"});
    CHECK(help.code == ExitCode::holds);
    CHECK_THAT(help.out, Catch::Contains(std::string("\n  ringback ") + name + " "));
  }
}

TEST_CASE("the help of import and export names every format there is") {
  const std::string import_help = ringback({"import", "--help"}).out;
  for (const formats::Importer& importer : all_importers()) CHECK_THAT(import_help, Catch::Contains(importer.name));
  const std::string export_help = ringback({"export", "--help"}).out;
  for (const formats::Exporter& exporter : all_exporters()) CHECK_THAT(export_help, Catch::Contains(exporter.name));
}

TEST_CASE("a defect of ours exits with 70, asks for a report and names the trace") {
  const Call call;
  MemorySink out;
  MemorySink error;
  formats::Exporter broken = {.name = "broken", .description = "", .write = [](const trace::Trace&, ByteSink&) {
                                RINGBACK_CHECK(1 == 2, "arithmetic holds");
                              }};
  Context context{.out = out, .error = error, .exporters = {broken}};
  const std::vector<std::string> words = {"export", "broken", call.rbt, "-o", call.folder.file("out")};
  CHECK(run_command_line(words, context) == ExitCode::internal_error);
  CHECK_THAT(error.data(), Catch::Contains("please report") && Catch::Contains("trace " + call.rbt));
}

TEST_CASE("of two exit codes the more urgent one is given") {
  CHECK(more_urgent(ExitCode::holds, ExitCode::does_not_hold) == ExitCode::does_not_hold);
  CHECK(more_urgent(ExitCode::left_recording, ExitCode::does_not_hold) == ExitCode::left_recording);
  CHECK(more_urgent(ExitCode::left_recording, ExitCode::fault_never_fired) == ExitCode::fault_never_fired);
  CHECK(more_urgent(ExitCode::bad_input, ExitCode::fault_never_fired) == ExitCode::bad_input);
  CHECK(more_urgent(ExitCode::bad_input, ExitCode::internal_error) == ExitCode::internal_error);
}

}  // namespace
}  // namespace ringback::cli
