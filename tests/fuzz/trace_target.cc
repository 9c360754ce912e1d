// Any octets as a trace, as a journal and as a file to recover: an Error or a result, within memory and time.
//
// Built by clang with RINGBACK_FUZZ it is a libFuzzer target (trace_fuzz); without, a program that takes files, which
// the test suite runs over the corpus. The first octet says what the rest is taken for.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <sstream>

#include "src/base/error.h"
#include "src/trace/codec/footer.h"
#include "src/trace/journal.h"
#include "src/trace/reader.h"
#include "src/trace/recover.h"
#include "src/trace/verify.h"

namespace ringback::trace {
namespace {

void read_all(ByteSource& source) {
  try {
    Reader reader(source);
    Event event;
    while (reader.next(event)) continue;
    reader.seek(VirtualTime{});
    while (reader.next_on(1, event)) continue;
  } catch (const Error&) {
    // What damage is for.
  }
}

void recover_all(ByteSource& source, ByteSource* journal) {
  MemorySink sink;
  try {
    const Recovery recovery = recover(source, journal, sink);
    MemorySource recovered("recovered.rbt", sink.data());
    const Verification verification = verify(recovered);
    RINGBACK_CHECK(verification.sound() && verification.digest == recovery.digest, "what was recovered is sound");
  } catch (const Error&) {
    // Not a trace.
  }
}

// A footer's segment without the hashes that keep mutations out.
void parse_as_footer(BytesView data) {
  std::vector<std::uint64_t> words(data.size() / 8);
  std::copy_n(data.data(), words.size() * 8, reinterpret_cast<char*>(words.data()));
  const std::string name = "fuzz";
  try {
    parse_footer(words, {.file = name, .offset = 0});
  } catch (const Error&) {
    // Not a footer.
  }
}

}  // namespace

void take(BytesView data) {
  if (data.empty()) return;
  const BytesView rest = data.substr(1);
  MemorySource source("fuzz.rbt", rest);
  switch (data[0] % 4) {
    case 0:
      read_all(source);
      (void)verify(source);
      break;
    case 1:
      recover_all(source, nullptr);
      break;
    case 2: {
      MemorySource empty("empty.rbt", {});
      recover_all(empty, &source);
      break;
    }
    default:
      parse_as_footer(rest);
      break;
  }
}

}  // namespace ringback::trace

#ifdef RINGBACK_FUZZ
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    ringback::trace::take({reinterpret_cast<const char*>(data), size});
  } catch (const ringback::Error&) {
    // verify: a version or feature of another time.
  }
  return 0;
}
#else
// Each file as it is and in every role.
int main(int argc, char** argv) {
  std::cout << "1.." << argc - 1 << "\n";
  for (int i = 1; i < argc; ++i) {
    std::ostringstream octets;
    octets << std::ifstream(argv[i], std::ios::binary).rdbuf();
    for (const char role : {'\0', '\1', '\2', '\3'}) ringback::trace::take(role + octets.str());
    std::cout << "ok " << i << " - " << argv[i] << "\n";
  }
}
#endif
