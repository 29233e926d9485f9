// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_LOOPBACK_HPP
#define CLEAVE_TRANSPORT_LOOPBACK_HPP

/// @file
/// Two ends of a pipe in memory, for one thread: both halves of a network in one program, in tests,
/// and in firmware that has no link yet. No heap, no clock of the machine's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/result.hpp>
#include <cleave/transport/byte_ring.hpp>
#include <cleave/transport/transport.hpp>

namespace cleave {

/// One end of a loopback.
///
/// Time is virtual: it moves when a wait ends at its deadline, or by `advance`. While an end waits, the
/// work given to `when_waiting` is called, once: it is where the other end gets its turn. When that
/// brought nothing, nobody else can, so the wait ends at once with `errc::timed_out`, also without a deadline.
class loopback_end {
 public:
  loopback_end(const loopback_end&) = delete;
  loopback_end& operator=(const loopback_end&) = delete;

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    if (!*open_ && incoming_.empty()) return {0, errc::closed};
    if (incoming_.empty()) wait();
    if (const std::size_t count = incoming_.pop(in); count != 0) return {count, errc::ok};
    return {0, *open_ ? give_up(by) : errc::closed};
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    if (*open_ && outgoing_.room() == 0) wait();
    if (!*open_) return {0, errc::closed};
    if (const std::size_t count = outgoing_.push(out); count != 0) return {count, errc::ok};
    return {0, give_up(by)};
  }

  std::uint64_t now() const noexcept { return *now_; }

  /// Connects both ends again; what was under way is lost.
  status reopen(deadline) noexcept {
    incoming_.clear();
    outgoing_.clear();
    *open_ = true;
    return {};
  }

  /// Disconnects both ends; what was sent before can still be read.
  void close() noexcept { *open_ = false; }

  /// Lets `work()` run whenever this end waits. Requires: `work` outlives the waiting.
  template <class Work>
  void when_waiting(Work& work) noexcept {
    work_ = &work;
    call_ = [](void* what) { (*static_cast<Work*>(what))(); };
  }

 private:
  template <std::size_t>
  friend class loopback;

  loopback_end(byte_ring& incoming, byte_ring& outgoing, std::uint64_t& now, bool& open) noexcept
      : incoming_(incoming), outgoing_(outgoing), now_(&now), open_(&open) {}

  void wait() noexcept {
    if (call_ != nullptr) call_(work_);
  }

  errc give_up(deadline by) noexcept {
    if (!by.is_never() && by.microseconds > *now_) *now_ = by.microseconds;
    return errc::timed_out;
  }

  byte_ring& incoming_;
  byte_ring& outgoing_;
  std::uint64_t* now_;
  bool* open_;
  void* work_ = nullptr;
  void (*call_)(void*) = nullptr;
};

static_assert(reopenable_transport<loopback_end>);

/// A pipe with room for `Capacity` bytes under way in each direction.
template <std::size_t Capacity>
class loopback {
  static_assert(Capacity > 0, "a loopback needs room for at least one byte");

 public:
  loopback() noexcept = default;
  loopback(const loopback&) = delete;
  loopback& operator=(const loopback&) = delete;

  loopback_end& first() noexcept { return first_; }
  loopback_end& second() noexcept { return second_; }

  /// Lets virtual time pass.
  void advance(std::uint64_t microseconds) noexcept { now_ += microseconds; }

 private:
  std::array<std::byte, Capacity> there_memory_{};
  std::array<std::byte, Capacity> back_memory_{};
  byte_ring there_{there_memory_};
  byte_ring back_{back_memory_};
  std::uint64_t now_ = 0;
  bool open_ = true;
  loopback_end first_{back_, there_, now_, open_};
  loopback_end second_{there_, back_, now_, open_};
};

}  // namespace cleave
#endif
