// What nearly every file includes, compiled once a library where the build has -Db_pch=true: for the builds of
// tools/dev that only compare digests. The others do without, so that a file which forgets an include is found out. No
// #pragma once: it is compiled as a main file.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
