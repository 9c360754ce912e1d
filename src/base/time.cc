#include "src/base/time.h"

#include <array>

#include "src/base/error.h"

namespace ringback {
namespace {

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  RINGBACK_CHECK(!__builtin_add_overflow(a, b, &sum), "virtual time stays within 64 bits: {} + {}", a, b);
  return sum;
}

std::int64_t checked_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  RINGBACK_CHECK(!__builtin_sub_overflow(a, b, &difference), "virtual time stays within 64 bits: {} - {}", a, b);
  return difference;
}

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

// Longest first among those that share a suffix: "ms" must be tried before "s" and "m".
constexpr std::array<Unit, 6> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

// `value` in units of `unit_ns`, without trailing zeros; empty when more than `decimals_max` decimals are needed.
std::string exact_decimal(std::int64_t value, std::int64_t unit_ns, int decimals_max) {
  std::int64_t whole = value / unit_ns;
  std::int64_t rest = value % unit_ns;
  std::string digits;
  for (std::int64_t scale = unit_ns; rest != 0 && static_cast<int>(digits.size()) < decimals_max;) {
    scale /= 10;
    digits.push_back(static_cast<char>('0' + rest / scale));
    rest %= scale;
  }
  if (rest != 0) return {};
  return digits.empty() ? fmt::format("{}", whole) : fmt::format("{}.{}", whole, digits);
}

}  // namespace

Duration Duration::operator+(Duration other) const { return Duration(checked_add(ns_, other.ns_)); }
Duration Duration::operator-(Duration other) const { return Duration(checked_subtract(ns_, other.ns_)); }

Duration Duration::operator*(std::int64_t factor) const {
  std::int64_t product = 0;
  RINGBACK_CHECK(!__builtin_mul_overflow(ns_, factor, &product), "a duration stays within 64 bits: {} * {}", ns_,
                 factor);
  return Duration(product);
}

Duration Duration::operator/(std::int64_t divisor) const {
  RINGBACK_CHECK(divisor != 0, "a duration is divided by something");
  return Duration(ns_ / divisor);
}

VirtualTime VirtualTime::operator+(Duration distance) const { return VirtualTime(checked_add(ns_, distance.ns())); }
VirtualTime VirtualTime::operator-(Duration distance) const {
  return VirtualTime(checked_subtract(ns_, distance.ns()));
}
Duration VirtualTime::operator-(VirtualTime other) const { return Duration::from_ns(checked_subtract(ns_, other.ns_)); }

std::string to_text(Duration duration) {
  const std::int64_t ns = duration.ns();
  if (ns == INT64_MIN) return "-9223372036854775808ns";
  const char* sign = ns < 0 ? "-" : "";
  const std::int64_t magnitude = ns < 0 ? -ns : ns;
  if (magnitude == 0) return "0s";
  if (magnitude >= 1'000'000'000) {
    if (std::string text = exact_decimal(magnitude, 1'000'000'000, 9); !text.empty())
      return fmt::format("{}{}s", sign, text);
  }
  if (magnitude % 1'000'000 == 0) return fmt::format("{}{}ms", sign, magnitude / 1'000'000);
  if (magnitude % 1'000 == 0) return fmt::format("{}{}us", sign, magnitude / 1'000);
  return fmt::format("{}{}ns", sign, magnitude);
}

std::string to_seconds_text(Duration duration) {
  const std::int64_t ms = duration.ms();
  const std::int64_t magnitude = ms < 0 ? -ms : ms;
  return fmt::format("{}{}.{:03} s", ms < 0 ? "-" : "", magnitude / 1000, magnitude % 1000);
}

Duration parse_duration(std::string_view text, std::string_view what) {
  const auto refuse = [&]() {
    fail("{}: expected a time such as 12.48s, 250ms or 40us, found '{}'", what, text.substr(0, 40));
  };
  std::size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
  const std::string_view number = text.substr(0, end);
  const std::string_view suffix = text.substr(end);
  std::int64_t unit_ns = 0;
  for (const Unit& unit : kUnits) {
    if (suffix == unit.name) unit_ns = unit.ns;
  }
  if (unit_ns == 0 || number.empty() || number.front() == '.' || number.back() == '.') refuse();

  std::int64_t total = 0;
  std::int64_t place = 0;  // 0 before the point, then the value of one unit of the next decimal
  for (const char c : number) {
    if (c == '.') {
      if (place != 0) refuse();
      place = unit_ns;
      continue;
    }
    const std::int64_t digit = c - '0';
    if (place == 0) {
      std::int64_t addend = 0;
      if (__builtin_mul_overflow(total, 10, &total) || __builtin_mul_overflow(digit, unit_ns, &addend) ||
          __builtin_add_overflow(total, addend, &total)) {
        refuse();
      }
    } else {
      if (place % 10 != 0 && digit != 0) {
        fail("{}: '{}' is finer than one nanosecond", what, text.substr(0, 40));
      }
      place /= 10;
      if (__builtin_add_overflow(total, digit * place, &total)) refuse();
    }
  }
  return Duration::from_ns(total);
}

}  // namespace ringback
