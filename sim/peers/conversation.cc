#include "sim/peers/conversation.h"

#include <algorithm>

#include <fmt/format.h>

namespace ringback::sim {

using wire::RealtimeFrame;
using wire::RealtimeType;

namespace {

constexpr std::string_view kFront = "root";

// Later frames about an item say more than earlier ones; what they leave out stays.
template <class Text>
void take(Text& field, const Text& found) {
  if (!found.empty()) field = found;
}

}  // namespace

const Conversation::Item* Conversation::find(const std::string& id) const {
  // What is referred to is mostly what came last.
  const auto found = std::find_if(items_.rbegin(), items_.rend(), [&](const Item& item) { return item.id == id; });
  return found == items_.rend() ? nullptr : &*found;
}

Conversation::Item* Conversation::at(const std::string& id) { return const_cast<Item*>(find(id)); }

std::optional<std::size_t> Conversation::position_of(const std::string& id) const {
  const Item* const item = find(id);
  return item == nullptr ? std::nullopt : std::optional(static_cast<std::size_t>(item - items_.data()));
}

std::string Conversation::previous_of(const std::string& id) const {
  const std::size_t position = position_of(id).value_or(items_.size());
  return position == 0 ? "" : items_[position - 1].id;
}

Conversation::Item& Conversation::upsert(const RealtimeFrame& frame) {
  Item* item = at(frame.item_id);
  if (item == nullptr) {
    auto place = items_.end();
    if (frame.previous_item_id == kFront) place = items_.begin();
    if (const auto previous = position_of(frame.previous_item_id))
      place = items_.begin() + static_cast<std::ptrdiff_t>(*previous) + 1;
    item = &*items_.insert(place, Item{.id = frame.item_id});
  }
  take(item->type, frame.item_type);
  take(item->role, frame.role);
  take(item->name, frame.name);
  take(item->call_id, frame.call_id);
  take(item->transcript, frame.transcript);
  take(item->arguments, frame.arguments);
  take(item->output, frame.output);
  return *item;
}

void Conversation::accept(const RealtimeFrame& create) {
  if (!create.call_id.empty()) calls_.insert(create.call_id);
  if (!create.item_id.empty()) upsert(create);
}

void Conversation::note(const RealtimeFrame& frame, const audio::Format& output) {
  if (!frame.call_id.empty()) calls_.insert(frame.call_id);
  if (frame.item_id.empty()) return;
  switch (frame.type) {
    case RealtimeType::item_added:
    case RealtimeType::item_done:
    case RealtimeType::output_item_added:
    case RealtimeType::output_item_done:
      upsert(frame);
      break;
    case RealtimeType::input_audio_committed: {
      Item& item = upsert(frame);
      item.type = "message";
      item.role = "user";
      break;
    }
    case RealtimeType::output_audio_delta:
      if (Item* item = at(frame.item_id)) item->spoken += audio::duration_of(frame.audio.size(), output);
      break;
    case RealtimeType::item_truncated:
      if (Item* item = at(frame.item_id)) {
        const std::int64_t end_ms = std::clamp<std::int64_t>(frame.audio_end_ms.value_or(0), 0, item->spoken.ms() + 1);
        item->spoken = std::min(item->spoken, milliseconds(end_ms));
      }
      break;
    case RealtimeType::item_deleted:
      std::erase_if(items_, [&](const Item& item) { return item.id == frame.item_id; });
      break;
    default:
      break;
  }
}

std::optional<Refusal> Conversation::refuse_create(const RealtimeFrame& frame) const {
  if (!frame.item_id.empty() && find(frame.item_id) != nullptr) {
    return Refusal{"invalid_value",
                   fmt::format("Error adding item: an item with id '{}' already exists.", frame.item_id)};
  }
  const std::string& previous = frame.previous_item_id;
  if (!previous.empty() && previous != kFront && find(previous) == nullptr) {
    return Refusal{"item_create_invalid_previous_item_id",
                   fmt::format("Error adding item: the previous item with id '{}' does not exist.", previous)};
  }
  if (frame.item_type == "function_call_output" && !calls_.contains(frame.call_id))
    return Refusal{"invalid_tool_call_id", fmt::format("Tool call ID '{}' not found in conversation.", frame.call_id)};
  return std::nullopt;
}

std::optional<Refusal> Conversation::refuse_retrieve(const std::string& id) const {
  if (find(id) != nullptr) return std::nullopt;
  return Refusal{"item_retrieve_invalid_item_id",
                 fmt::format("Error retrieving item: the item with id '{}' does not exist.", id)};
}

std::optional<Refusal> Conversation::refuse_delete(const std::string& id) const {
  if (find(id) != nullptr) return std::nullopt;
  return Refusal{"item_delete_invalid_item_id",
                 fmt::format("Error deleting item: the item with id '{}' does not exist.", id)};
}

std::optional<Refusal> Conversation::refuse_truncate(const RealtimeFrame& frame, SpokenLength length) const {
  const Item* const item = find(frame.item_id);
  if (item == nullptr) {
    return Refusal{"item_truncate_invalid_item_id",
                   fmt::format("Error truncating item: the item with id '{}' does not exist.", frame.item_id)};
  }
  const std::int64_t end_ms = frame.audio_end_ms.value_or(0);
  if (end_ms < 0) return Refusal{"invalid_value", "Invalid 'audio_end_ms': expected a number of at least 0."};
  if (item->role != "assistant" || (length == SpokenLength::known && item->spoken == Duration()))
    return Refusal{"", "Only model output audio messages can be truncated"};
  // A length that is no whole number of milliseconds may be truncated at the next one.
  const std::int64_t spoken_ms = (item->spoken.ns() + 999'999) / 1'000'000;
  if (length == SpokenLength::known && end_ms > spoken_ms)
    return Refusal{"", fmt::format("Audio content of {}ms is already shorter than {}ms", spoken_ms, end_ms)};
  return std::nullopt;
}

}  // namespace ringback::sim
