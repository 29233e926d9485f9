// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_TRANSPORTS_SHARED_MEMORY_LINK_HPP
#define EXAMPLES_TRANSPORTS_SHARED_MEMORY_LINK_HPP

/// @file
/// Two rings of bytes in shared memory as a transport: the fastest way between two processes of one machine. POSIX.

#include "steady_clock.hpp"

#include <cleave/transport/transport.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <thread>

namespace links {

/// One of the two ends, `side` 0 or 1, of the memory called `name` ("/cleave"); whoever comes first makes it. Waiting
/// looks again and again, at first at once, later once in a millisecond. One thread at a time for each end.
///
/// A conversation has a number. An end that opens joins the one that the other has begun, or begins the next; for an
/// end whose number is an old one it is closed. Bytes flow once both have joined. A process that died is noticed when
/// its successor opens.
class shared_memory_link {
 public:
  shared_memory_link(const std::string& name, unsigned side) noexcept : me_(side), other_(1 - side) {
    const int file = ::shm_open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (::ftruncate(file, sizeof(block)) == 0) {
      void* const data = ::mmap(nullptr, sizeof(block), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (data != MAP_FAILED) shared_ = static_cast<block*>(data);
    }
    ::close(file);
    static_cast<void>(reopen({}));
  }
  shared_memory_link(const shared_memory_link&) = delete;
  shared_memory_link& operator=(const shared_memory_link&) = delete;
  ~shared_memory_link() {
    close();
    if (shared_ != nullptr) ::munmap(shared_, sizeof(block));
  }

  /// Forgets the name; ends that have the memory keep it.
  static void remove(const std::string& name) noexcept { ::shm_unlink(name.c_str()); }

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    return wait(by, [&]() -> std::size_t {
      ring& from = shared_->rings[other_];
      const std::uint32_t head = from.head.load(std::memory_order_acquire);
      const std::uint32_t tail = from.tail.load(std::memory_order_relaxed);
      const std::size_t count = std::min<std::size_t>({in.size(), head - tail, size - tail % size});
      std::memcpy(in.data(), &from.bytes[tail % size], count);
      from.tail.store(tail + static_cast<std::uint32_t>(count), std::memory_order_release);
      return count;
    });
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    return wait(by, [&]() -> std::size_t {
      if (over()) return 0;
      ring& to = shared_->rings[me_];
      const std::uint32_t head = to.head.load(std::memory_order_relaxed);
      const std::uint32_t used = head - to.tail.load(std::memory_order_acquire);
      const std::size_t count = std::min<std::size_t>({out.size(), size - used, size - head % size});
      std::memcpy(&to.bytes[head % size], out.data(), count);
      to.head.store(head + static_cast<std::uint32_t>(count), std::memory_order_release);
      return count;
    });
  }

  std::uint64_t now() const noexcept { return microseconds_now(); }

  cleave::status reopen(cleave::deadline) noexcept {
    if (shared_ == nullptr) return cleave::errc::unreachable;
    std::uint32_t number = shared_->number.load();
    if (shared_->joined[me_].load() == number && shared_->number.compare_exchange_strong(number, number + 1)) ++number;
    number_ = number;
    met_ = false;
    ring& ours = shared_->rings[me_];
    ours.begin = ours.head.load(std::memory_order_relaxed);
    ours.talk.store(number);
    shared_->joined[me_].store(number);
    return {};
  }

  void close() noexcept {
    if (number_ == 0) return;
    shared_->joined[me_].store(0);
    shared_->number.compare_exchange_strong(number_, number_ + 1);  // nobody comes back to this one
    number_ = 0;
  }

 private:
  static constexpr std::uint32_t size = 1 << 16;
  struct ring {
    alignas(64) std::atomic<std::uint32_t> head;  // bytes written so far
    alignas(64) std::atomic<std::uint32_t> tail;  // bytes read so far
    std::uint32_t begin;                          // head when its writer joined
    std::atomic<std::uint32_t> talk;              // the conversation
    std::array<std::byte, size> bytes;
  };
  struct block {  // all zeros: nobody has been here
    std::atomic<std::uint32_t> number;
    std::array<std::atomic<std::uint32_t>, 2> joined;
    std::array<ring, 2> rings;  // by their writers
  };
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "locks would not be shared");

  bool there() const noexcept { return shared_->joined[other_].load() == number_; }
  bool over() const noexcept { return shared_->number.load() != number_ || (met_ && !there()); }

  template <class Move>
  cleave::io_result wait(cleave::deadline by, Move try_to) noexcept {
    for (unsigned tries = 0;; ++tries) {
      if (number_ == 0) return {0, cleave::errc::closed};
      const bool left = over();  // looked at before the bytes are: what was sent before is read first
      if (!met_ && shared_->rings[other_].talk.load() == number_) {
        shared_->rings[other_].tail.store(shared_->rings[other_].begin, std::memory_order_release);
        met_ = true;
      }
      if (const std::size_t count = met_ ? try_to() : 0; count > 0) return {count, cleave::errc::ok};
      if (left) return {0, cleave::errc::closed};
      if (by.passed(now())) return {0, cleave::errc::timed_out};
      if (tries < 64) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(std::min(tries, 1000U)));
      }
    }
  }

  unsigned me_;
  unsigned other_;
  block* shared_ = nullptr;
  std::uint32_t number_ = 0;  // of the conversation; 0: closed
  bool met_ = false;          // the other end has joined it
};

static_assert(cleave::reopenable_transport<shared_memory_link>);

}  // namespace links
#endif
