// The main program of the tests. Its reporter has one line of the Test Anything Protocol for each case.
#define CATCH_CONFIG_MAIN
#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>

namespace ringback::shim {
namespace {

class CaseReporter final : public Catch::StreamingReporterBase<CaseReporter> {
 public:
  using StreamingReporterBase::StreamingReporterBase;
  static std::string getDescription() { return "one TAP line for each case"; }

  void assertionStarting(const Catch::AssertionInfo&) override {}

  bool assertionEnded(const Catch::AssertionStats& stats) override {
    const Catch::AssertionResult& result = stats.assertionResult;
    if (result.isOk()) return true;
    notes_ += Catch::Detail::stringify(result.getSourceInfo().line) + ": " + result.getExpressionInMacro() + "\n" +
              result.getExpandedExpression() + "\n" + std::string(result.getMessage()) + "\n";
    for (const Catch::MessageInfo& message : stats.infoMessages) notes_ += message.message + "\n";
    return true;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    StreamingReporterBase::testCaseEnded(stats);
    stream << (stats.totals.assertions.failed == 0 ? "ok " : "not ok ") << ++count_ << " - " << stats.testInfo.name
           << "\n";
    std::istringstream lines(notes_);
    for (std::string line; std::getline(lines, line);) stream << "# " << line << "\n";
    stream << std::flush;
    notes_.clear();
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    stream << "1.." << count_ << "\n" << std::flush;
    StreamingReporterBase::testRunEnded(stats);
  }

 private:
  int count_ = 0;
  std::string notes_;
};

CATCH_REGISTER_REPORTER("cases", CaseReporter)

}  // namespace
}  // namespace ringback::shim
