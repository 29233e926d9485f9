// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_MEMORY_PIPE_HPP
#define CLEAVE_TRANSPORT_MEMORY_PIPE_HPP

/// @file
/// Two ends of a pipe in memory, for two threads. Hosted.

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include <cleave/core/result.hpp>
#include <cleave/transport/byte_ring.hpp>
#include <cleave/transport/transport.hpp>

namespace cleave {

/// One end of a pipe; each end may be used by another thread. Closes when it goes.
class memory_pipe {
 public:
  memory_pipe(memory_pipe&&) noexcept = default;
  memory_pipe& operator=(memory_pipe&& other) noexcept {
    if (this != &other) {
      close();
      shared_ = std::move(other.shared_);
      side_ = other.side_;
    }
    return *this;
  }
  ~memory_pipe() { close(); }

  /// Two ends with room for `capacity` bytes under way in each direction. May throw `std::bad_alloc`.
  static std::pair<memory_pipe, memory_pipe> make(std::size_t capacity = 65536) {
    const auto shared = std::make_shared<state>(capacity);
    return {memory_pipe(shared, 0), memory_pipe(shared, 1)};
  }

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    byte_ring& ring = shared_->rings[1 - side_];
    std::unique_lock hold(shared_->mutex);
    const bool in_time = wait(hold, by, [&] { return !ring.empty() || !shared_->open; });
    if (!in_time) return {0, errc::timed_out};
    if (ring.empty()) return {0, errc::closed};
    const std::size_t count = ring.pop(in);
    shared_->changed.notify_all();
    return {count, errc::ok};
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    byte_ring& ring = shared_->rings[side_];
    std::unique_lock hold(shared_->mutex);
    const bool in_time = wait(hold, by, [&] { return ring.room() != 0 || !shared_->open; });
    if (!in_time) return {0, errc::timed_out};
    if (!shared_->open) return {0, errc::closed};
    const std::size_t count = ring.push(out);
    shared_->changed.notify_all();
    return {count, errc::ok};
  }

  /// Microseconds of the steady clock.
  std::uint64_t now() const noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Disconnects both ends; what was sent before can still be read. Any thread may call it.
  void close() noexcept {
    if (shared_ == nullptr) return;
    const std::lock_guard hold(shared_->mutex);
    shared_->open = false;
    shared_->changed.notify_all();
  }

 private:
  struct state {
    explicit state(std::size_t capacity) : there(capacity), back(capacity), rings{byte_ring(there), byte_ring(back)} {}

    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;
    std::vector<std::byte> there;
    std::vector<std::byte> back;
    std::array<byte_ring, 2> rings;  // by the side that writes
  };

  memory_pipe(std::shared_ptr<state> shared, std::size_t side) noexcept : shared_(std::move(shared)), side_(side) {}

  template <class Ready>
  bool wait(std::unique_lock<std::mutex>& hold, deadline by, Ready ready) noexcept {
    using clock = std::chrono::steady_clock;
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::time_point::max().time_since_epoch());
    if (by.microseconds >= static_cast<std::uint64_t>(end.count())) {
      shared_->changed.wait(hold, ready);
      return true;
    }
    const clock::time_point until{std::chrono::microseconds(static_cast<std::int64_t>(by.microseconds))};
    return shared_->changed.wait_until(hold, until, ready);
  }

  std::shared_ptr<state> shared_;
  std::size_t side_;
};

static_assert(transport<memory_pipe>);

}  // namespace cleave
#endif
