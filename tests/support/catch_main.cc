// The main program of every test program, with a reporter of our own: TAP, one line for each test case.
//
// Catch2's own TAP reporter has a line for each assertion and knows no skipped tests.
#define CATCH_CONFIG_RUNNER
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/support/skip.h"

namespace ringback {
namespace {

std::string skip_reason;

class TapReporter final : public Catch::StreamingReporterBase<TapReporter> {
 public:
  using StreamingReporterBase::StreamingReporterBase;

  static std::string getDescription() { return "Test Anything Protocol, one line for each test case"; }

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    StreamingReporterBase::testCaseStarting(info);
    skip_reason.clear();
    failures_.str({});
  }

  void assertionStarting(const Catch::AssertionInfo&) override {}

  bool assertionEnded(const Catch::AssertionStats& stats) override {
    const Catch::AssertionResult& result = stats.assertionResult;
    if (result.isOk()) return true;
    failures_ << result.getSourceInfo() << ": failed";
    if (result.hasExpression()) failures_ << ": " << result.getExpressionInMacro();
    if (result.hasExpandedExpression()) failures_ << "\nwith: " << result.getExpandedExpression();
    if (result.hasMessage()) failures_ << "\n" << result.getMessage();
    for (const Catch::MessageInfo& message : stats.infoMessages) failures_ << "\nwhere: " << message.message;
    failures_ << "\n";
    return true;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    StreamingReporterBase::testCaseEnded(stats);
    const Catch::Counts& assertions = stats.totals.assertions;
    if (assertions.total() == 0 && skip_reason.empty()) failures_ << "no assertion: a test that cannot fail\n";
    const std::string failures = failures_.str();
    stream << (failures.empty() ? "ok " : "not ok ") << ++count_ << " - " << name_of(stats);
    if (failures.empty() && !skip_reason.empty()) stream << " # SKIP " << skip_reason;
    stream << "\n";
    std::istringstream lines(failures);
    for (std::string line; std::getline(lines, line);) stream << "# " << line << "\n";
    stream << std::flush;
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    stream << "1.." << count_ << "\n" << std::flush;
    StreamingReporterBase::testRunEnded(stats);
  }

 private:
  // '#' begins a directive in TAP.
  static std::string name_of(const Catch::TestCaseStats& stats) {
    std::string name = stats.testInfo.name;
    std::replace(name.begin(), name.end(), '#', '-');
    return name;
  }

  std::size_t count_ = 0;
  std::ostringstream failures_;
};

CATCH_REGISTER_REPORTER("tap", TapReporter)

}  // namespace

void skip(const std::string& why) { skip_reason = why; }

}  // namespace ringback

// Properties draw the same cases on every machine unless somebody asks for others: RC_PARAMS="seed=7" or
// "max_success=10000".
int main(int argc, char** argv) {
  ::setenv("RC_PARAMS", "seed=0", /*overwrite=*/0);
  return Catch::Session().run(argc, argv);
}
