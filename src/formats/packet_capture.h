// Packet captures are known, so that they are refused with a reason and not as "no known format".
#pragma once

#include "src/formats/format.h"

namespace ringback::formats {

Importer packet_capture_importer();

}  // namespace ringback::formats
