// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVER_BUFFER_HPP
#define CLEAVE_RUNTIME_SERVER_BUFFER_HPP

/// @file
/// Memory for requests and answers, counted against a server's budget. Hosted.

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace cleave {

/// Bytes that may still be taken. Shared by threads.
class memory_budget {
 public:
  explicit memory_budget(std::size_t bytes) noexcept : left_(bytes) {}

  bool take(std::size_t bytes) noexcept {
    std::size_t left = left_.load(std::memory_order_relaxed);
    do {
      if (left < bytes) return false;
    } while (!left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t bytes) noexcept { left_.fetch_add(bytes, std::memory_order_relaxed); }
  std::size_t left() const noexcept { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

/// A piece of memory of fixed capacity, not initialised, of which the first `size` bytes count.
class server_buffer {
 public:
  server_buffer() noexcept = default;

  /// Empty-handed (`capacity()` is 0) when the budget or the memory is used up. The budget outlives the buffer.
  server_buffer(std::size_t capacity, memory_budget& budget) noexcept {
    if (!budget.take(capacity)) return;
    bytes_.reset(new (std::nothrow) std::byte[capacity]);
    if (bytes_ == nullptr) {
      budget.give_back(capacity);
      return;
    }
    capacity_ = capacity;
    budget_ = &budget;
  }
  server_buffer(server_buffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)),
        budget_(std::exchange(other.budget_, nullptr)) {}
  server_buffer& operator=(server_buffer&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    std::swap(budget_, other.budget_);
    return *this;
  }
  ~server_buffer() {
    if (budget_ != nullptr) budget_->give_back(capacity_);
  }

  std::size_t capacity() const noexcept { return capacity_; }

  /// Requires: `size <= capacity()`.
  void resize(std::size_t size) noexcept { size_ = size; }

  std::span<std::byte> bytes() noexcept { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  memory_budget* budget_ = nullptr;
};

}  // namespace cleave
#endif
