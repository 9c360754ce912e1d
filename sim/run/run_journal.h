// The run's journal: keeps every event as the run trace, with content root and chain computed as it grows.
#pragma once

#include "sim/faults/link.h"
#include "src/base/hash.h"
#include "src/trace/content_root.h"
#include "src/trace/trace.h"

namespace ringback::sim {

class RunJournal final : public Journal {
 public:
  void record(const trace::Event& event) override {
    row_.clear();
    trace::append_row(event, row_);
    chain_.add(row_);
    root_.add_row(row_);
    run_.add(event);
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
  Bytes row_;
};

}  // namespace ringback::sim
