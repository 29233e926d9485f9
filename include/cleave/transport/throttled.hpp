// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_THROTTLED_HPP
#define CLEAVE_TRANSPORT_THROTTLED_HPP

/// @file
/// Makes any transport as slow as a radio: bandwidth, latency and jitter around one end. Hosted.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/random_bits.hpp>
#include <cleave/core/result.hpp>
#include <cleave/transport/sleep.hpp>
#include <cleave/transport/transport.hpp>

namespace cleave {

/// What a link is like, the same in both directions.
struct link_profile {
  std::uint64_t bytes_per_second = 0;      ///< 0: no limit
  std::uint64_t latency_microseconds = 0;  ///< one way
  std::uint64_t jitter_microseconds = 0;   ///< up to so much more, evenly spread, for each change of direction
  std::uint64_t seed = 1;                  ///< of the jitter
};

/// Delays what passes through `link` as a half-duplex link of that profile does, which is what request and
/// answer are: each time the direction turns one latency passes, then bytes pass at the bandwidth, in packets
/// of at most 1460 bytes. Wrap one end only. `sleep` is called with microseconds.
template <transport Link, class Sleep = thread_sleep>
class throttled {
 public:
  /// Requires: `link` outlives this.
  throttled(Link& link, const link_profile& profile, Sleep sleep = {}) noexcept
      : link_(link), profile_(profile), sleep_(sleep), random_(profile.seed) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    if (held_ == taken_) {
      const io_result moved = link_.read_some(packet_, by);
      if (moved.error != errc::ok) return moved;
      held_ = moved.bytes;
      taken_ = 0;
      readable_at_ = free_at_ = start(direction::in) + duration(held_);
    }
    if (!wait(readable_at_, by)) return {0, errc::timed_out};
    const std::size_t count = std::min(in.size(), held_ - taken_);
    std::copy_n(packet_.data() + taken_, count, in.data());
    taken_ += count;
    return {count, errc::ok};
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    // What was waited for and did not go, by a time-out or a short count, is not waited for again.
    if (paid_ == 0) {
      paid_ = std::min(out.size(), packet_.size());
      writable_at_ = free_at_ = start(direction::out) + duration(paid_);
    }
    const std::size_t count = std::min(paid_, out.size());
    if (!wait(writable_at_, by)) return {0, errc::timed_out};
    const io_result moved = link_.write_some(out.first(count), by);
    paid_ -= moved.bytes;
    return moved;
  }

  std::uint64_t now() noexcept { return link_.now(); }

  status reopen(deadline by) noexcept
    requires reopenable_transport<Link>
  {
    held_ = taken_ = paid_ = 0;
    last_ = direction::none;
    return link_.reopen(by);
  }

  /// From now on.
  void set_profile(const link_profile& profile) noexcept { profile_ = profile; }

 private:
  enum class direction : std::uint8_t { none, in, out };

  // Times are kept in nanoseconds: a byte at a gigabit takes eight.
  static constexpr std::uint64_t microsecond = 1000;

  /// A pause up to this long between two packets counts as none: the operating system sleeps too long,
  /// and what it oversleeps must not lower the bandwidth.
  static constexpr std::uint64_t oversleep = 1000 * microsecond;

  std::uint64_t start(direction to) noexcept {
    const std::uint64_t current = link_.now() * microsecond;
    if (to == last_) return current > free_at_ + oversleep ? current : free_at_;
    last_ = to;
    const std::uint64_t jitter = profile_.jitter_microseconds;
    return std::max(current, free_at_) +
           (profile_.latency_microseconds + (jitter == 0 ? 0 : random_.below(jitter + 1))) * microsecond;
  }

  std::uint64_t duration(std::size_t bytes) const noexcept {
    return profile_.bytes_per_second == 0 ? 0 : bytes * std::uint64_t{1'000'000'000} / profile_.bytes_per_second;
  }

  bool wait(std::uint64_t moment, deadline by) noexcept {
    const std::uint64_t until = (moment + microsecond - 1) / microsecond;
    const bool in_time = until <= by.microseconds;
    const std::uint64_t end = in_time ? until : by.microseconds;
    for (std::uint64_t current = link_.now(); current < end; current = link_.now()) sleep_(end - current);
    return in_time;
  }

  Link& link_;
  link_profile profile_;
  Sleep sleep_;
  random_bits random_;
  std::array<std::byte, 1460> packet_{};
  std::size_t held_ = 0;   // bytes in packet_
  std::size_t taken_ = 0;  // of them
  std::size_t paid_ = 0;   // bytes that a write waits for, or has waited for and not sent
  std::uint64_t readable_at_ = 0;
  std::uint64_t writable_at_ = 0;
  std::uint64_t free_at_ = 0;
  direction last_ = direction::none;
};

}  // namespace cleave
#endif
