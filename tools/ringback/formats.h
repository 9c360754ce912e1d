// The formats that this program is built with.
#pragma once

#include <vector>

#include "src/formats/format.h"

namespace ringback::cli {

std::vector<formats::Importer> all_importers();
std::vector<formats::Exporter> all_exporters();

}  // namespace ringback::cli
