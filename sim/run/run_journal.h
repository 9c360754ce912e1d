// The run's journal: every event goes into the run trace, with content root and chain computed as it grows. Of a long
// run most rows lie in the recording's Scratch, so that memory does not grow with it.
#pragma once

#include <memory>
#include <utility>

#include "sim/faults/link.h"
#include "src/base/hash.h"
#include "src/trace/content_root.h"
#include "src/trace/trace.h"

namespace ringback::sim {

class RunJournal final : public Journal {
 public:
  explicit RunJournal(std::shared_ptr<Scratch> scratch) : run_(std::move(scratch)) {}

  void record(const trace::Event& event) override {
    const BytesView row = run_.add(event);
    chain_.add(row);
    root_.add_row(row);
  }

  const Chain& chain() const { return chain_; }
  // The run trace and its content root; the journal is spent afterwards.
  trace::Trace take_run() { return std::move(run_); }
  Digest finish() { return root_.finish(); }
  trace::Trace& run() { return run_; }

 private:
  trace::Trace run_;
  trace::ContentRoot root_;
  Chain chain_;
};

}  // namespace ringback::sim
