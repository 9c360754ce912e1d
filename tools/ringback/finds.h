// What a search found, judged: each find is run twice more before it is believed. One that is tainted, or did not come
// out the same, is kept apart: it has no repro, and nothing shrinks it.
//
//   const std::vector<JudgedFind> finds = ...;
//   out.write(finds_text(finds, "ringback"));
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/explore/campaign.h"

namespace ringback::cli {

enum class Trust { stable, differs, tainted };

struct JudgedFind {
  sim::Find find;
  std::uint64_t cases = 0;  // with the same signature
  Trust trust = Trust::stable;
  std::string file;  // its repro; empty where it is kept apart
};

// A name for files: what may stand in one everywhere.
std::string file_name_of(const sim::Signature& signature);

// Each find in three lines, those that are kept apart under a heading of their own. Empty without finds.
std::string finds_text(std::span<const JudgedFind> finds, const std::string& program);
// A JSON array of objects.
std::string finds_json(std::span<const JudgedFind> finds);

}  // namespace ringback::cli
