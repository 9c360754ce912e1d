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
  // Without `has_root` the digest is zeros.
  RunJournal(std::shared_ptr<Scratch> scratch, bool has_root) : run_(std::move(scratch)), has_root_(has_root) {}

  void record(const trace::Event& event) override {
    const BytesView row = run_.add(event);
    chain_.add(row);
    if (has_root_) root_.add_row(row);
  }

  const Chain& chain() const { return chain_; }
  // The run trace and its content root; the journal is spent afterwards.
  trace::Trace take_run() { return std::move(run_); }
  Digest finish() { return has_root_ ? root_.finish() : Digest(); }
  trace::Trace& run() { return run_; }

 private:
  trace::Trace run_;
  bool has_root_;
  trace::ContentRoot root_;
  Chain chain_;
};

}  // namespace ringback::sim
