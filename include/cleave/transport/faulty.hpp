// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_FAULTY_HPP
#define CLEAVE_TRANSPORT_FAULTY_HPP

/// @file
/// Makes any transport as bad as the world: short counts, lost and damaged bytes, stalls, a
/// connection that breaks. Every run with the same seed fails in the same way. Hosted.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <cleave/core/random_bits.hpp>
#include <cleave/core/result.hpp>
#include <cleave/transport/sleep.hpp>
#include <cleave/transport/transport.hpp>

namespace cleave {

/// What goes wrong, in both directions; rates are in parts per million. By default nothing does.
struct faults {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t seed = 1;
  std::uint32_t drop_rate = 0;              ///< of bytes: lost
  std::uint32_t corrupt_rate = 0;           ///< of bytes: one bit is flipped
  std::uint32_t stall_rate = 0;             ///< of calls: nothing moves for a while
  std::uint64_t stall_microseconds = 1000;  ///< or until the call's deadline
  std::size_t short_moves = 0;              ///< not 0: every call moves 1 to so many bytes
  std::uint64_t close_after = never;        ///< bytes moved, both directions together; once
};

/// How often what went wrong.
struct fault_counts {
  std::uint64_t moved = 0;  ///< bytes, the dropped ones included
  std::uint64_t dropped = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t stalled = 0;
  std::uint64_t closed = 0;

  constexpr bool operator==(const fault_counts&) const = default;
};

/// Passes bytes on to `link`, with faults. `sleep` is called with microseconds.
template <transport Link, class Sleep = thread_sleep>
class faulty {
 public:
  /// Requires: `link` outlives this.
  faulty(Link& link, const faults& plan, Sleep sleep = {}) noexcept
      : link_(link), plan_(plan), sleep_(sleep), random_(plan.seed) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    for (;;) {
      if (const errc trouble = before(by); trouble != errc::ok) return {0, trouble};
      const io_result moved = link_.read_some(in.first(pick(in.size())), by);
      if (moved.error != errc::ok) return moved;
      const std::size_t kept = damage(in.first(moved.bytes)).kept;
      if (kept != 0) return {kept, errc::ok};
    }
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    if (const errc trouble = before(by); trouble != errc::ok) return {0, trouble};
    const std::size_t count = pick(out.size());
    std::copy_n(out.data(), count, packet_.data());
    const fault_counts so_far = counts_;
    const fate what = damage(std::span(packet_).first(count));
    if (what.kept == 0) return {count, errc::ok};
    const io_result moved = link_.write_some(std::span(packet_).first(what.kept), by);
    if (moved.error == errc::ok && moved.bytes == what.kept) return {count, errc::ok};
    // Not all of them went: the fate of the rest is decided anew when they are written again.
    counts_ = so_far;
    if (moved.error != errc::ok) return moved;
    const std::size_t gone = what.origin[moved.bytes - 1] + std::size_t{1};
    counts_.moved += gone;
    counts_.dropped += gone - moved.bytes;
    for (std::size_t i = 0; i < moved.bytes; ++i) counts_.corrupted += packet_[i] != out[what.origin[i]] ? 1u : 0u;
    return {gone, errc::ok};
  }

  std::uint64_t now() noexcept { return link_.now(); }

  status reopen(deadline by) noexcept
    requires reopenable_transport<Link>
  {
    const status done = link_.reopen(by);
    if (done) broken_ = false;
    return done;
  }

  const fault_counts& counts() const noexcept { return counts_; }

  /// From now on; `close_after` counts all bytes since construction.
  void set_faults(const faults& plan) noexcept { plan_ = plan; }

 private:
  static constexpr std::size_t largest = 256;  // bytes in one call; `origin` counts them

  struct fate {
    std::size_t kept = 0;
    std::array<std::uint8_t, largest> origin{};  // of each byte kept
  };

  bool happens(std::uint32_t rate) noexcept { return rate != 0 && random_.below(1'000'000) < rate; }

  errc before(deadline by) noexcept {
    if (!broken_ && counts_.moved >= plan_.close_after) {
      broken_ = true;
      plan_.close_after = faults::never;
      ++counts_.closed;
      if constexpr (requires { link_.close(); }) link_.close();
    }
    if (broken_) return errc::closed;
    if (!happens(plan_.stall_rate)) return errc::ok;
    ++counts_.stalled;
    const std::uint64_t start = link_.now();
    const bool in_time = by.microseconds - std::min(by.microseconds, start) > plan_.stall_microseconds;
    const std::uint64_t end = in_time ? start + plan_.stall_microseconds : by.microseconds;
    for (std::uint64_t current = start; current < end; current = link_.now()) sleep_(end - current);
    return in_time ? errc::ok : errc::timed_out;
  }

  std::size_t pick(std::size_t size) noexcept {
    const std::uint64_t most =
        std::min({std::uint64_t{size}, std::uint64_t{largest}, plan_.close_after - counts_.moved});
    if (plan_.short_moves == 0) return static_cast<std::size_t>(most);
    return static_cast<std::size_t>(1 + random_.below(std::min(most, std::uint64_t{plan_.short_moves})));
  }

  /// Drops and damages in place; the bytes kept move to the front.
  fate damage(std::span<std::byte> bytes) noexcept {
    fate what;
    counts_.moved += bytes.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (happens(plan_.drop_rate)) {
        ++counts_.dropped;
        continue;
      }
      std::byte each = bytes[i];
      if (happens(plan_.corrupt_rate)) {
        ++counts_.corrupted;
        each ^= std::byte{1} << static_cast<int>(random_.below(8));
      }
      what.origin[what.kept] = static_cast<std::uint8_t>(i);
      bytes[what.kept++] = each;
    }
    return what;
  }

  Link& link_;
  faults plan_;
  Sleep sleep_;
  random_bits random_;
  fault_counts counts_{};
  std::array<std::byte, largest> packet_{};
  bool broken_ = false;
};

}  // namespace cleave
#endif
