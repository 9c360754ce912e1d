// Virtual time: signed 64-bit nanoseconds, with every operation checked for overflow.
//
// `VirtualTime` is a point counted from the start of the session, `Duration` a distance. Nothing here knows a real
// clock.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringback {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration from_ns(std::int64_t ns) { return Duration(ns); }

  constexpr std::int64_t ns() const { return ns_; }
  // Whole milliseconds, rounded toward zero.
  constexpr std::int64_t ms() const { return ns_ / 1'000'000; }

  constexpr auto operator<=>(const Duration&) const = default;
  Duration operator+(Duration other) const;
  Duration operator-(Duration other) const;
  Duration operator*(std::int64_t factor) const;
  // `divisor` must not be zero; rounds toward zero.
  Duration operator/(std::int64_t divisor) const;
  Duration& operator+=(Duration other) { return *this = *this + other; }
  Duration& operator-=(Duration other) { return *this = *this - other; }

 private:
  explicit constexpr Duration(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

constexpr Duration nanoseconds(std::int64_t n) { return Duration::from_ns(n); }
constexpr Duration microseconds(std::int64_t n) { return Duration::from_ns(n * 1'000); }
constexpr Duration milliseconds(std::int64_t n) { return Duration::from_ns(n * 1'000'000); }
constexpr Duration seconds(std::int64_t n) { return Duration::from_ns(n * 1'000'000'000); }
constexpr Duration kDurationMax = Duration::from_ns(INT64_MAX);

class VirtualTime {
 public:
  constexpr VirtualTime() = default;
  static constexpr VirtualTime from_ns(std::int64_t ns) { return VirtualTime(ns); }

  constexpr std::int64_t ns() const { return ns_; }
  constexpr Duration since_start() const { return Duration::from_ns(ns_); }

  constexpr auto operator<=>(const VirtualTime&) const = default;
  VirtualTime operator+(Duration distance) const;
  VirtualTime operator-(Duration distance) const;
  Duration operator-(VirtualTime other) const;
  VirtualTime& operator+=(Duration distance) { return *this = *this + distance; }

 private:
  explicit constexpr VirtualTime(std::int64_t ns) : ns_(ns) {}
  std::int64_t ns_ = 0;
};

constexpr VirtualTime kVirtualTimeMax = VirtualTime::from_ns(INT64_MAX);

// "12.48s", "250ms", "40us", "7ns": the shortest of these that is exact.
std::string to_text(Duration duration);
// For people: "12.480 s", always in seconds with three decimals, rounded toward zero.
std::string to_seconds_text(Duration duration);
// Reads what to_text writes: a decimal number with a unit ns, us, ms, s, m or h. Throws Error with `what` in the
// message.
Duration parse_duration(std::string_view text, std::string_view what);

}  // namespace ringback
