#include "src/trace/codec/salvage.h"

#include <algorithm>

#include "src/trace/codec/trace_file.h"
#include "src/trace/limits.h"
#include "src/trace/little_endian.h"

namespace ringback::trace {
namespace {

// Of all magics: a letter and four more octets follow.
constexpr BytesView kMagicStart{"\x8eRB", 3};
constexpr std::size_t kWindowBytes = 256u << 10;

}  // namespace

Salvage::Salvage(ByteSource& source) : source_(source), end_(source.size()) {
  vain_octets_left_ = 8 * source.size() + (64u << 20);
  find_identity();
  if (trace_id_.has_value()) walk();
}

void Salvage::find_identity() {
  try {
    const TraceFile file(source_);
    trace_id_ = file.trace_id();
    start_ = file.first_record();
  } catch (const DamageError&) {
    start_ = 0;
  }
  if (source_.size() >= kTrailerBytes) {
    const std::uint64_t offset = source_.size() - kTrailerBytes;
    try {
      const Trailer trailer = read_trailer(read(offset, kTrailerBytes), {.file = source_.name(), .offset = offset});
      if (!trace_id_.has_value() || *trace_id_ == trailer.trace_id) {
        trace_id_ = trailer.trace_id;
        trailer_ = trailer;
        end_ = offset;
      }
    } catch (const DamageError&) {
      end_ = source_.size();
    }
  }
  if (!trace_id_.has_value()) trace_id_ = first_chunk_identity();
  start_ = std::min(start_, end_);
}

// The trace id is the hash of the first chunk's rows, which that chunk states.
std::optional<Hash128> Salvage::first_chunk_identity() {
  for (std::uint64_t offset = next_magic(0, end_); offset < end_; offset = next_magic(offset + 1, end_)) {
    if (end_ - offset < kChunkHeaderBytes) break;
    const BytesView octets = read(offset, kChunkHeaderBytes);
    constexpr std::size_t kContentHashAt = 80;
    const Hash128 content{.high = load_little_endian<std::uint64_t>(octets.data() + kContentHashAt + 8),
                          .low = load_little_endian<std::uint64_t>(octets.data() + kContentHashAt)};
    try {
      const ChunkHeader header =
          read_chunk_header(octets, {.file = source_.name(), .offset = offset}, content.low, end_ - offset);
      if (header.first_event == 0) return content;
    } catch (const DamageError&) {
      continue;
    }
  }
  return std::nullopt;
}

void Salvage::walk() {
  // Without a header the octets before the first record are damaged too.
  std::uint64_t offset = start_;
  std::uint64_t damaged_from = start_;
  const auto close_damage = [&](std::uint64_t until) {
    if (until > damaged_from) damaged_.push_back({.offset = damaged_from, .length = until - damaged_from});
  };
  while (offset < end_) {
    auto next = take_chunk(offset);
    if (!next.has_value()) next = take_footer(offset);
    if (!next.has_value()) {
      offset = next_magic(offset + 1, end_);
      continue;
    }
    close_damage(offset);
    offset = *next;
    damaged_from = offset;
  }
  close_damage(end_);
}

std::optional<std::uint64_t> Salvage::take_chunk(std::uint64_t offset) {
  if (end_ - offset < kChunkHeaderBytes) return std::nullopt;
  const BytesView octets = read(offset, kChunkHeaderBytes);
  if (octets.substr(0, kChunkMagic.size()) != kChunkMagic) return std::nullopt;
  FoundChunk chunk{.offset = offset, .header = {}};
  try {
    chunk.header = read_chunk_header(octets, {.file = source_.name(), .offset = offset}, trace_id_->low, end_ - offset);
  } catch (const DamageError&) {
    return std::nullopt;
  }
  if (chunk.header.body_bytes > vain_octets_left_) return std::nullopt;
  if (!rows_of(chunk, rows_)) {
    vain_octets_left_ -= chunk.header.body_bytes;
    return std::nullopt;
  }
  chunks_.push_back(chunk);
  footer_is_last_ = false;
  return TraceFile::after(offset, chunk.header);
}

std::optional<std::uint64_t> Salvage::take_footer(std::uint64_t offset) {
  if (offset >= end_ || end_ - offset < kFooterHeaderBytes) return std::nullopt;
  const BytesView head = read(offset, kFooterHeaderBytes);
  if (head.substr(0, kFooterMagic.size()) != kFooterMagic) return std::nullopt;
  const std::uint64_t length =
      padded(kFooterHeaderBytes + std::uint64_t{load_little_endian<std::uint32_t>(head.data() + 16)});
  if (length > end_ - offset || length > kFooterBytesMax || length > vain_octets_left_) return std::nullopt;
  vain_octets_left_ -= length;
  const Place place{.file = source_.name(), .offset = offset};
  try {
    const BytesView octets = read(offset, length);
    const FooterHeader header = read_footer(octets, place, trace_id_->low, source_.size());
    std::vector<std::uint64_t> words(header.raw / 8);
    decompressor_.decompress(octets.substr(kFooterHeaderBytes, header.stored), reinterpret_cast<char*>(words.data()),
                             header.raw, place);
    footer_ = parse_footer(words, place);
    footer_is_last_ = true;
  } catch (const DamageError&) {
    return std::nullopt;
  }
  // The trailer of a part that was finished once and then continued.
  const std::uint64_t after = offset + length;
  if (end_ - after >= kTrailerBytes) {
    try {
      read_trailer(read(after, kTrailerBytes), {.file = source_.name(), .offset = after});
      return after + kTrailerBytes;
    } catch (const DamageError&) {
      return after;
    }
  }
  return after;
}

std::uint64_t Salvage::next_magic(std::uint64_t offset, std::uint64_t end) {
  while (offset + kChunkMagic.size() <= end) {
    if (offset < window_at_ || offset + kChunkMagic.size() > window_at_ + window_.size()) {
      window_at_ = offset;
      window_.resize(std::min<std::uint64_t>(kWindowBytes, source_.size() - offset));
      source_.read_at(offset, window_.data(), window_.size());
    }
    const std::size_t found = window_.find(kMagicStart, offset - window_at_);
    if (found == Bytes::npos) {
      offset = window_at_ + window_.size() - (kMagicStart.size() - 1);
      if (window_at_ + window_.size() >= end) return end;
      continue;
    }
    const std::uint64_t at = window_at_ + found;
    if (at + kChunkMagic.size() > end) return end;
    if (found + kChunkMagic.size() > window_.size()) {
      offset = at;
      continue;
    }
    const BytesView magic = BytesView(window_).substr(found, kChunkMagic.size());
    if (magic == kChunkMagic || magic == kFooterMagic) return at;
    offset = at + 1;
  }
  return end;
}

bool Salvage::rows_of(const FoundChunk& chunk, Bytes& rows) {
  const std::uint64_t body_at = chunk.offset + kChunkHeaderBytes;
  const BytesView body = read(body_at, padded(chunk.header.body_bytes));
  if (body.substr(chunk.header.body_bytes).find_first_not_of('\0') != BytesView::npos) return false;
  try {
    decoder_.decode(chunk.header, body.substr(0, chunk.header.body_bytes), {.file = source_.name(), .offset = body_at},
                    trace_id_->low, rows);
  } catch (const DamageError&) {
    return false;
  }
  return true;
}

BytesView Salvage::read(std::uint64_t offset, std::uint64_t length) {
  buffer_.resize(length);
  source_.read_at(offset, buffer_.data(), length);
  return buffer_;
}

}  // namespace ringback::trace
