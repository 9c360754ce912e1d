#include "src/formats/packet_capture.h"

#include "src/base/error.h"
#include "src/formats/http_cassette.h"

namespace ringback::formats {
namespace {

bool is_packet_capture(BytesView head, std::string_view) {
  return head.starts_with("\xd4\xc3\xb2\xa1") || head.starts_with("\xa1\xb2\xc3\xd4") ||
         head.starts_with("\x4d\x3c\xb2\xa1") || head.starts_with("\xa1\xb2\x3c\x4d") ||
         head.starts_with("\x0a\x0d\x0d\x0a");
}

}  // namespace

Importer packet_capture_importer() {
  return single_file_importer(
      "packet-capture", "refused: pcap and pcapng hold packets, not messages", is_packet_capture,
      [](std::string_view name, BytesView) -> trace::Trace {
        fail(
            "{}: byte 0: expected a recording of messages, found a packet capture; ringback does not put TCP streams "
            "together: export the exchanges as HAR, or the frames as JSON lines",
            name);
      });
}

}  // namespace ringback::formats
