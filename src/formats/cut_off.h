// What is left of a recording that was cut off: a full disk, a killed recorder, half a download.
//
// A function here says where a file of one kind may be cut back to so that only whole entries are left, the longest
// first. It says nothing about a file that has an end, however damaged: that is refused, not shortened.
//
//   for (const Cut& cut : cut_lines(data)) try_to_read(cut.apply(data));
#pragma once

#include <string>
#include <vector>

#include "src/base/bytes.h"

namespace ringback::formats {

struct Cut {
  std::size_t length = 0;  // octets that are kept
  std::string closing;     // what the file would have had to end with
  std::string from;        // where that which is left out begins: "line 41", "byte 900"

  Bytes apply(BytesView data) const { return Bytes(data.substr(0, length)) + closing; }
};

// "line 3" for the octet at `at`.
std::string line_of(BytesView data, std::size_t at);

// One entry a line, and the last line has no end.
std::vector<Cut> cut_lines(BytesView data);
// Server-sent events, and the last has no end; or their payloads, one a line.
std::vector<Cut> cut_server_events(BytesView data);
// One JSON value whose brackets are open at the end: back to the last whole element of each list that is open.
std::vector<Cut> cut_json(BytesView data);
// A YAML list of entries with nothing after it: without the last entry.
std::vector<Cut> cut_yaml(BytesView data);
// Either of the two, by the first character.
std::vector<Cut> cut_json_or_yaml(BytesView data);

// Why a file that can be read may lack its end all the same, in a few words; empty where nothing says so.
std::string yaml_without_end(BytesView data);
std::string server_events_without_end(BytesView data);

}  // namespace ringback::formats
