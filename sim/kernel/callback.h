// A move-only `void()` that is called once; small captures live inside it, without an allocation.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace ringback::sim {

class Callback {
 public:
  Callback() = default;

  template <class Function>
  requires(!std::is_same_v<std::remove_cvref_t<Function>, Callback>)
      Callback(Function&& function) {  // NOLINT: a callable is a Callback
    using Stored = std::remove_cvref_t<Function>;
    if constexpr (sizeof(Stored) <= kInlineBytes && alignof(Stored) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<Stored>) {
      ::new (static_cast<void*>(storage_)) Stored(std::forward<Function>(function));
      if constexpr (std::is_trivially_copyable_v<Stored>) {
        operations_ = &kPlainOperations<Stored>;
      } else {
        operations_ = &kInlineOperations<Stored>;
      }
    } else {
      ::new (static_cast<void*>(storage_)) Stored*(new Stored(std::forward<Function>(function)));
      operations_ = &kHeapOperations<Stored>;
    }
  }

  Callback(Callback&& other) noexcept { take(other); }
  Callback& operator=(Callback&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Callback() { reset(); }

  explicit operator bool() const { return operations_ != nullptr; }
  void operator()() { operations_->call(storage_); }

 private:
  static constexpr std::size_t kInlineBytes = 48;

  struct Operations {
    void (*call)(void*);
    void (*move)(void* from, void* to) noexcept;  // null: copying the octets moves it
    void (*destroy)(void*) noexcept;              // null: there is nothing to destroy
  };

  template <class Stored>
  static constexpr Operations kPlainOperations{[](void* at) { (*static_cast<Stored*>(at))(); }, nullptr, nullptr};

  template <class Stored>
  static constexpr Operations kInlineOperations{[](void* at) { (*static_cast<Stored*>(at))(); },
                                                [](void* from, void* to) noexcept {
                                                  ::new (to) Stored(std::move(*static_cast<Stored*>(from)));
                                                  static_cast<Stored*>(from)->~Stored();
                                                },
                                                [](void* at) noexcept { static_cast<Stored*>(at)->~Stored(); }};

  template <class Stored>
  static constexpr Operations kHeapOperations{
      [](void* at) { (**static_cast<Stored**>(at))(); },
      [](void* from, void* to) noexcept { ::new (to) Stored*(*static_cast<Stored**>(from)); },
      [](void* at) noexcept { delete *static_cast<Stored**>(at); }};

  void take(Callback& other) noexcept {
    operations_ = other.operations_;
    if (operations_ == nullptr) return;
    if (operations_->move != nullptr) {
      operations_->move(other.storage_, storage_);
    } else {
      std::memcpy(storage_, other.storage_, kInlineBytes);
    }
    other.operations_ = nullptr;
  }
  void reset() noexcept {
    if (operations_ != nullptr && operations_->destroy != nullptr) operations_->destroy(storage_);
    operations_ = nullptr;
  }

  alignas(std::max_align_t) unsigned char storage_[kInlineBytes];
  const Operations* operations_ = nullptr;
};

}  // namespace ringback::sim
