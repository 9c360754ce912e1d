// explore, shrink and repro as a user runs them, on the typed call.
#include <filesystem>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "sim/agents/voice.h"
#include "sim/explore/repro.h"
#include "sim/kernel/wait.h"
#include "src/base/error.h"
#include "src/host/file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/typed_call.h"
#include "tools/ringback/cli.h"
#include "tools/ringback/finds.h"
#include "tools/ringback/trace_file.h"
#include "tools/ringback/worker_pool.h"

namespace ringback::cli {
namespace {

namespace fs = std::filesystem;

struct Ended {
  ExitCode code;
  std::string out;
  std::string error;
};

Ended ringback(const std::vector<std::string>& words, std::vector<sim::AgentKind> agents = {}) {
  MemorySink out;
  MemorySink error;
  Context context{.out = out, .error = error, .agents = std::move(agents)};
  const ExitCode code = run_command_line(words, context);
  return {code, out.data(), error.data()};
}

class TypedCall {
 public:
  TypedCall() { store_trace(testing::make_typed_call(), rbt); }
  const TemporaryFolder folder;
  const std::string rbt = folder.file("call.rbt");
};

// What no agent in virtual time should be: every run of it is another.
class DriftingAgent final : public sim::Agent {
 public:
  explicit DriftingAgent(Duration later) : later_(later) {}
  sim::Task<void> run(sim::AgentWorld& world) override {
    co_await sim::sleep(world.kernel, world.lane, later_);
    co_await voice_.run(world);
  }

 private:
  Duration later_;
  sim::VoiceAgent voice_{sim::parse_voice_options(sim::AgentSpec::parse("builtin:voice"))};
};

// The names of what a campaign left, with the octets of each.
std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = host::read_whole(entry.path().string());
    }
  }
  return files;
}

}  // namespace

TEST_CASE("a campaign finds the same with one worker and with three") {
  const TypedCall call;
  const auto explore = [&](const std::string& jobs, const std::string& out) {
    return ringback({"explore", call.rbt, "--agent", "builtin:voice", "--cases", "128", "--jobs", jobs, "-o",
                     call.folder.file(out)});
  };
  CHECK(explore("1", "one").code == ExitCode::does_not_hold);
  CHECK(explore("3", "three").code == ExitCode::does_not_hold);
  const std::map<std::string, std::string> one = content_of(call.folder.file("one"));
  CHECK(one.size() > 10);
  CHECK(one == content_of(call.folder.file("three")));
}

TEST_CASE("two shards are other campaigns, and merging has what both of them found") {
  const TypedCall call;
  std::size_t cases = 0;
  std::set<std::string> repros;
  for (const std::string shard : {"1", "2"}) {
    const std::string out = call.folder.file("shard-" + shard);
    ringback({"explore", call.rbt, "--agent", "builtin:voice", "--cases", "64", "--shard", shard + "/2", "-o", out});
    for (const auto& [name, octets] : content_of(out)) {
      cases += fs::path(name).extension() == ".yaml" ? 1 : 0;
      if (fs::path(name).extension() == ".rbt") repros.insert(name);
    }
  }
  const std::string all = call.folder.file("all");
  const Ended merged =
      ringback({"explore", "--merge", call.folder.file("shard-1"), call.folder.file("shard-2"), "-o", all});
  CHECK(merged.code == ExitCode::holds);
  CHECK(merged.out == fmt::format("{} repros and {} cases came to {}\n", repros.size(), cases, all));
  CHECK(content_of(all).size() == repros.size() + cases);
  CHECK(ringback({"explore", call.rbt, call.rbt, "--agent", "builtin:voice", "-o", all}).code == ExitCode::bad_input);
}

TEST_CASE("a campaign that finds its corpus again begins with it") {
  const TypedCall call;
  const std::string out = call.folder.file("found");
  const auto explore = [&](const std::string& seed) {
    ringback({"explore", call.rbt, "--agent", "builtin:voice", "--cases", "64", "--seed", seed, "-o", out});
    return content_of(out + "/corpus");
  };
  const std::map<std::string, std::string> first = explore("1");
  const std::map<std::string, std::string> second = explore("2");
  CHECK(second.size() > first.size());
  for (const auto& [name, octets] : first) CHECK(second.at(name) == octets);
}

TEST_CASE("what a worker cannot run is told once, in the words of the error") {
  const std::vector<sim::Case> cases(5);
  const auto refuse = [](const sim::Case&) -> sim::Outcome { fail("case.yaml:1: expected a case, found none"); };
  for (const std::uint64_t jobs : {1, 2, 5}) {
    CHECK_THROWS_WITH(run_cases(cases, jobs, refuse), "case.yaml:1: expected a case, found none");
  }
}

TEST_CASE("a find is shrunk, reproduced, told as a bug report, and gone with the repaired agent") {
  const TypedCall call;
  const std::string found = call.folder.file("found");
  CHECK(ringback({"explore", call.rbt, "--agent", "builtin:voice", "--only", "malformed", "--cases", "64", "-o", found})
            .code == ExitCode::does_not_hold);
  const std::string find = found + "/dead_air-after-a-malformed-answer-of-tool-crm-lookup.rbt";
  REQUIRE(fs::exists(find));
  const std::string small = call.folder.file("small.rbt");
  const Ended shrunk = ringback({"shrink", find, "-o", small});
  CHECK(shrunk.code == ExitCode::holds);
  CHECK_THAT(shrunk.out, Catch::Contains("1 of ") && Catch::Contains("without it the run holds"));

  const Ended again = ringback({"repro", small});
  CHECK(again.code == ExitCode::holds);
  CHECK_THAT(again.out, Catch::StartsWith("reproduced: dead_air after a malformed answer of tool:crm.lookup"));
  CHECK(ringback({"repro", small, "--regression"}).code == ExitCode::does_not_hold);
  const std::string repaired = "builtin:voice?retries=0&fallback=spoken";
  const Ended gone = ringback({"repro", small, "--regression", "--agent", repaired});
  CHECK(gone.code == ExitCode::holds);
  CHECK(gone.out == "holds now: dead_air\n");
  const Ended other = ringback({"repro", small, "--agent", repaired});
  CHECK(other.code == ExitCode::not_reproducible);
  CHECK_THAT(other.out, Catch::Contains("the agent differs: stored builtin:voice, run " + repaired));
  const std::string parallel = call.folder.file("parallel.rbt");
  CHECK(ringback({"shrink", find, "-o", parallel, "--jobs", "3"}).code == ExitCode::holds);
  CHECK(host::read_whole(parallel) == host::read_whole(small));
  // Twenty events without sound.
  CHECK(fs::file_size(small) < 2000);

  const std::string redacted = call.folder.file("redacted.rbt");
  const Ended redaction = ringback({"repro", small, "--redact", "-o", redacted});
  CHECK(redaction.code == ExitCode::holds);
  CHECK_THAT(redaction.out, Catch::Contains("removed: the sound, what was said") &&
                                Catch::Contains("still fails: dead_air after a malformed answer"));
  CHECK(ringback({"repro", redacted}).code == ExitCode::holds);
  CHECK(ringback({"repro", small, "--redact"}).code == ExitCode::bad_input);
  CHECK(ringback({"repro", small, "--redact", "-o", small}).code == ExitCode::bad_input);

  const Ended report = ringback({"repro", small, "--markdown"});
  CHECK_THAT(report.out, Catch::StartsWith("### dead_air") && Catch::Contains("malformed") &&
                             Catch::Contains("To run it: `ringback repro "));
}

TEST_CASE("a repro is printed as a test of three suites, and of no other") {
  const TypedCall call;
  sim::Repro repro{
      .recording = testing::make_typed_call(),
      .command = {"node", "agent \"2\".mjs"},
      .dial = "ws://localhost/x",
      .expectations = sim::default_expectations(),
      .failure = {.property = "dead_air", .channel = "tool:a", .operation = "call", .cause = "error status"},
      .made_by = "somebody"};
  const std::string file = call.folder.file("dead air.rbt");
  store_trace(sim::stored(repro), file);
  const Ended python = ringback({"repro", file, "--as-test", "pytest"});
  CHECK(python.code == ExitCode::holds);
  CHECK_THAT(python.out, Catch::Contains("def test_no_dead_air_after_an_error_status_of_tool_a():") &&
                             Catch::Contains("with_name(\"dead air.rbt\")") &&
                             Catch::Contains(R"(["--dial", "ws://localhost/x", "--", "node", "agent \"2\".mjs"])"));
  CHECK_THAT(ringback({"repro", file, "--as-test", "node"}).out,
             Catch::Contains("test(\"no dead_air after an error status of tool:a\""));
  CHECK_THAT(ringback({"repro", file, "--as-test", "catch2"}).error,
             Catch::Contains("expected an agent that runs in-process"));
  CHECK_THAT(ringback({"repro", file, "--as-test", "catch2", "--agent", "builtin:voice"}).out,
             Catch::Contains("ringback::make_agent(\"builtin:voice\")"));
  CHECK_THAT(ringback({"repro", file, "--as-test", "jest"}).error, Catch::Contains("expected catch2, pytest or node"));
}

TEST_CASE("a failure that is there without any fault is told and is no find") {
  const TypedCall call;
  const std::string strict = call.folder.file("strict.yaml");
  host::FileSink sink(strict);
  sink.write("ringback: 1\nproperties:\n  - ftl: {p95: 1ms}\n");
  sink.finish();
  const Ended ended = ringback({"explore", call.rbt, "--agent", "builtin:voice", "--expect", strict, "--only", "jitter",
                                "--only", "status", "--exhaust", "1", "-o", call.folder.file("found")});
  CHECK_THAT(ended.error, Catch::Contains("without any fault the run fails already: ftl"));
  CHECK_THAT(ended.out, !Catch::Contains("\nftl\n"));
}

TEST_CASE("a find that does not come out the same is kept apart, without a repro") {
  const TypedCall call;
  const std::string found = call.folder.file("found");
  const auto runs = std::make_shared<int>(0);
  const sim::AgentKind drifting{.name = "drifting",
                                .summary = "begins a little later in every run",
                                .make = [runs](const sim::AgentSpec&) -> std::unique_ptr<sim::Agent> {
                                  return std::make_unique<DriftingAgent>(milliseconds(++*runs));
                                }};
  const std::vector<std::string> words = {"explore",   call.rbt,  "--agent", "own:drifting", "--only",
                                          "malformed", "--cases", "64",      "-o",           found};
  const Ended ended = ringback(words, {drifting});
  CHECK(ended.code == ExitCode::does_not_hold);
  CHECK_THAT(ended.out, Catch::Contains("\nKept apart, without a repro and not to be shrunk:\n") &&
                            Catch::Contains("not stable: it did not come out the same when it was run again") &&
                            !Catch::Contains("ringback shrink"));
  for (const auto& entry : fs::directory_iterator(found)) CHECK(entry.path().extension() != ".rbt");
}

TEST_CASE("finds are listed with what shrinks them, tainted ones apart and behind the others") {
  const JudgedFind silence{.find = {.number = 3, .failure = {.signature = {.property = "dead_air"}, .finding = "20 s"}},
                           .cases = 7,
                           .file = "found/dead_air.rbt"};
  JudgedFind tainted = silence;
  tainted.trust = Trust::tainted;
  tainted.file = "";
  tainted.find.failure.signature.property = "answered";
  const std::vector<JudgedFind> finds = {tainted, silence};
  CHECK(finds_text(finds, "ringback") ==
        "\ndead_air\n    20 s; case 3, 7 in all\n    ringback shrink found/dead_air.rbt -o small.rbt\n"
        "\nKept apart, without a repro and not to be shrunk:\n"
        "\nanswered\n    20 s; case 3, 7 in all\n"
        "    tainted: the agent did something whose repetition nobody can promise\n");
  CHECK_THAT(finds_json(finds), Catch::Contains(R"("stable":false,"tainted":true,"repro":null)") &&
                                    Catch::Contains(R"("stable":true,"tainted":false,"repro":"found/dead_air.rbt")"));
  CHECK(finds_text({}, "ringback").empty());
}

TEST_CASE("a command in a repro runs only where the user trusts it") {
  const TypedCall call;
  const sim::Repro repro{.recording = testing::make_typed_call(),
                         .command = {"rm", "-r", "a folder"},
                         .expectations = sim::default_expectations(),
                         .failure = {.property = "dead_air"},
                         .made_by = "somebody"};
  const std::string file = call.folder.file("strange.rbt");
  store_trace(sim::stored(repro), file);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"repro", file}, {"shrink", file, "-o", call.folder.file("out.rbt")}}) {
    const Ended ended = ringback(words);
    CHECK(ended.code == ExitCode::bad_input);
    CHECK_THAT(ended.error, Catch::Contains("`rm -r 'a folder'`") && Catch::Contains("--trust"));
  }
}

TEST_CASE("wrong options of a search are told at once") {
  const TypedCall call;
  const std::string out = call.folder.file("out");
  const auto complaint = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"explore", call.rbt, "-o", out});
    const Ended ended = ringback(words);
    CHECK(ended.code == ExitCode::bad_input);
    return ended.error;
  };
  CHECK_THAT(complaint({}), Catch::Contains("expected an agent"));
  CHECK_THAT(complaint({"--agent", "builtin:voice", "--shard", "3/2"}), Catch::Contains("--shard: expected I/N"));
  CHECK_THAT(complaint({"--agent", "builtin:voice", "--exhaust", "3"}), Catch::Contains("--exhaust: expected 1 or 2"));
  CHECK_THAT(complaint({"--agent", "builtin:voice", "--only", "nonsense"}), Catch::Contains("fits a channel"));
  CHECK_THAT(complaint({"--env", "A", "--", "true"}), Catch::Contains("--env: expected NAME=VALUE"));
  CHECK_THAT(complaint({"--agent", "builtin:voice", "--caller", "backwards"}), Catch::Contains("backwards"));
}

}  // namespace ringback::cli
