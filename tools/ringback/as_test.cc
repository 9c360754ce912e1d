#include "tools/ringback/as_test.h"

#include "src/base/error.h"
#include "src/wire/json_text.h"

namespace ringback::cli {
namespace {

// JSON's strings are strings of Python and JavaScript too, and of C++ as far as file names and options go.
std::string quoted(std::string_view text) {
  std::string out;
  wire::append_json_string(text, out);
  return out;
}

std::string quoted_list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += fmt::format("{}{}", out.empty() ? "" : ", ", quoted(word));
  return out;
}

// One line, whatever the text holds.
std::string in_comment(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return line;
}

std::string identifier(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_plain)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  return name;
}

std::string catch2_test(const sim::Repro& repro, const AgentChoice& agent, std::string_view file) {
  if (!agent.agent) {
    fail(
        "--as-test catch2: expected an agent that runs in-process, found the command `{}`; pytest and node run "
        "commands",
        text_of(agent));
  }
  const bool is_own = agent.agent->starts_with("own:");
  std::string text = fmt::format(
      "// {}\n"
      "// Printed by `ringback repro {} --as-test catch2`; runs where that file is. Needs Catch2 and libringback\n"
      "// (pkg-config ringback).\n"
      "#if __has_include(<catch2/catch_test_macros.hpp>)\n"
      "#include <catch2/catch_test_macros.hpp>\n"
      "#else\n"
      "#include <catch2/catch.hpp>\n"
      "#endif\n\n"

      "#include <vector>\n\n"
      "#include \"ringback/agent.h\"\n"
      "#include \"ringback/replay.h\"\n\n",
      in_comment(sim::to_text(repro.failure)), in_comment(file));
  if (is_own) {
    text +=
        "// Yours: the agents that your program gives to ringback::cli_main.\n"
        "std::vector<ringback::AgentKind> own_agents();\n\n";
  }
  return text + fmt::format(
                    "TEST_CASE({}) {{\n"
                    "  const ringback::Replay replay = ringback::load_repro({});\n"
                    "  const auto agent = ringback::make_agent({}{});\n"
                    "  const ringback::Replayed run = ringback::run(replay, *agent);\n"
                    "  INFO(run.text());\n"
                    "  REQUIRE(run.verdict({}) != ringback::Verdict::failed);\n"
                    "}}\n",
                    quoted("no " + sim::to_text(repro.failure)), quoted(file), quoted(*agent.agent),
                    is_own ? ", own_agents()" : "", quoted(repro.failure.property));
}

std::string pytest_test(const sim::Repro& repro, const AgentChoice& agent, std::string_view file) {
  return fmt::format(
      "# {}\n"
      "# Printed by `ringback repro {} --as-test pytest`; the repro stands beside this file. RINGBACK names the "
      "program\n"
      "# where it is not on the path.\n"
      "import os\n"
      "import pathlib\n"
      "import subprocess\n\n"
      "REPRO = pathlib.Path(__file__).with_name({})\n"
      "AGENT = [{}]\n\n\n"
      "def test_no_{}():\n"
      "    command = [os.environ.get(\"RINGBACK\", \"ringback\"), \"repro\", str(REPRO), \"--regression\", *AGENT]\n"
      "    done = subprocess.run(command, capture_output=True, text=True)\n"
      "    assert done.returncode == 0, done.stdout + done.stderr\n",
      in_comment(sim::to_text(repro.failure)), in_comment(file), quoted(file), quoted_list(words_of(agent)),
      identifier(sim::to_text(repro.failure)));
}

std::string node_test(const sim::Repro& repro, const AgentChoice& agent, std::string_view file) {
  return fmt::format(
      "// {}\n"
      "// Printed by `ringback repro {} --as-test node`; run by `node --test`, with the repro beside this file. "
      "RINGBACK\n"
      "// names the program where it is not on the path.\n"
      "import assert from \"node:assert/strict\";\n"
      "import {{ spawnSync }} from \"node:child_process\";\n"
      "import path from \"node:path\";\n"
      "import test from \"node:test\";\n"
      "import {{ fileURLToPath }} from \"node:url\";\n\n"
      "const repro = path.join(path.dirname(fileURLToPath(import.meta.url)), {});\n"
      "const agent = [{}];\n\n"
      "test({}, () => {{\n"
      "  const command = [\"repro\", repro, \"--regression\", ...agent];\n"
      "  const done = spawnSync(process.env.RINGBACK ?? \"ringback\", command, {{ encoding: \"utf8\" }});\n"
      "  assert.equal(done.status, 0, `${{done.stdout}}${{done.stderr}}${{done.error ?? \"\"}}`);\n"
      "}});\n",
      in_comment(sim::to_text(repro.failure)), in_comment(file), quoted(file), quoted_list(words_of(agent)),
      quoted("no " + sim::to_text(repro.failure)));
}

}  // namespace

std::string as_test(std::string_view suite, const sim::Repro& repro, const AgentChoice& agent, std::string_view file) {
  if (suite == "catch2") return catch2_test(repro, agent, file);
  if (suite == "pytest") return pytest_test(repro, agent, file);
  if (suite == "node") return node_test(repro, agent, file);
  fail("--as-test: expected catch2, pytest or node, found '{}'", suite.substr(0, 40));
}

}  // namespace ringback::cli
