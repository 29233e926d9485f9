// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_BYTE_RING_HPP
#define CLEAVE_TRANSPORT_BYTE_RING_HPP

/// @file
/// A queue of bytes in a fixed piece of memory: the buffer behind loopbacks.

#include <algorithm>
#include <cstddef>
#include <span>

namespace cleave {

/// A ring over memory that the owner provides. Not synchronised.
/// Requires: the memory is not empty and outlives the ring.
class byte_ring {
 public:
  constexpr explicit byte_ring(std::span<std::byte> memory) noexcept : memory_(memory) {}

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr std::size_t room() const noexcept { return memory_.size() - size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr void clear() noexcept { begin_ = size_ = 0; }

  /// Appends from the front of `bytes` what there is room for, and gives its number.
  constexpr std::size_t push(std::span<const std::byte> bytes) noexcept {
    const std::size_t count = std::min(bytes.size(), room());
    const std::size_t end = wrapped(begin_ + size_);
    const std::size_t straight = std::min(count, memory_.size() - end);
    std::copy_n(bytes.data(), straight, memory_.data() + end);
    std::copy_n(bytes.data() + straight, count - straight, memory_.data());
    size_ += count;
    return count;
  }

  /// Moves the oldest bytes to the front of `bytes`, as many as there are and fit, and gives their number.
  constexpr std::size_t pop(std::span<std::byte> bytes) noexcept {
    const std::size_t count = std::min(bytes.size(), size_);
    const std::size_t straight = std::min(count, memory_.size() - begin_);
    std::copy_n(memory_.data() + begin_, straight, bytes.data());
    std::copy_n(memory_.data(), count - straight, bytes.data() + straight);
    begin_ = wrapped(begin_ + count);
    size_ -= count;
    return count;
  }

 private:
  constexpr std::size_t wrapped(std::size_t at) const noexcept {
    return at < memory_.size() ? at : at - memory_.size();
  }

  std::span<std::byte> memory_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cleave
#endif
