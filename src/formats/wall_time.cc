#include "src/formats/wall_time.h"

namespace ringback::formats {
namespace {

// Reads exactly `count` digits from the front of `text`; -1 where they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970-01-01 of a date of the Gregorian calendar, counted in years that begin in March.
std::int64_t days_of(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t m = month <= 2 ? month + 9 : month - 3;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719'468;
}

// Of what follows the seconds' point: up to nine digits count.
std::int64_t take_fraction(std::string_view& text) {
  std::int64_t ns = 0;
  std::int64_t weight = 100'000'000;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    ns += (text.front() - '0') * weight;
    weight /= 10;
    text.remove_prefix(1);
  }
  return ns;
}

}  // namespace

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  const int year = take_digits(text, 4);
  if (!take(text, '-')) return std::nullopt;
  const int month = take_digits(text, 2);
  if (!take(text, '-')) return std::nullopt;
  const int day = take_digits(text, 2);
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const int hour = take_digits(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int second = take_digits(text, 2);
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  const std::int64_t fraction = take(text, '.') || take(text, ',') ? take_fraction(text) : 0;
  std::int64_t zone_minutes = 0;
  if (!take(text, 'Z') && !text.empty()) {
    const bool is_east = take(text, '+');
    if (!is_east && !take(text, '-')) return std::nullopt;
    const int zone_hour = take_digits(text, 2);
    take(text, ':');
    const int zone_minute = text.empty() ? 0 : take_digits(text, 2);
    if (zone_hour < 0 || zone_hour > 15 || zone_minute < 0 || zone_minute > 59) return std::nullopt;
    zone_minutes = (zone_hour * 60 + zone_minute) * (is_east ? 1 : -1);
  }
  if (!text.empty()) return std::nullopt;
  const std::int64_t day_seconds = hour * 3600 + (minute - zone_minutes) * 60 + second;
  return (days_of(year, month, day) * 86'400 + day_seconds) * 1'000'000'000 + fraction;
}

}  // namespace ringback::formats
