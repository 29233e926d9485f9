// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_SPIN_POLICY_HPP
#define CLEAVE_TRANSPORT_SPIN_POLICY_HPP

/// @file
/// Whether it pays to stay awake for an answer, judged by those before it.

#include <algorithm>
#include <cstdint>
#include <limits>

namespace cleave {

/// Decides before each wait whether it is spent awake, for a bounded time, as adaptive mutexes do. It is when the waits
/// before ended soon enough; each one that was spent awake for nothing doubles how many in a row must have, up to
/// `patience`. So where answers are slow nothing is spent, and where they are quick now and then, or the other end
/// needs this very core to answer, soon no more than one try in a thousand.
class spin_policy {
 public:
  static constexpr std::uint32_t patience = 1024;
  /// By how much a wait is longer when it is slept through: what it takes to wake up, at worst.
  static constexpr std::uint32_t waking_microseconds = 50;
  /// For `ended`: nothing came.
  static constexpr std::uint64_t in_vain = std::numeric_limits<std::uint64_t>::max();

  /// Stays awake for no longer than `most`; 0: never.
  constexpr explicit spin_policy(std::uint32_t most_microseconds) noexcept : most_(most_microseconds) {}

  /// How long the next wait may stay awake: 0 or the most.
  constexpr std::uint32_t microseconds() const noexcept { return soon_ >= needed_ ? most_ : 0; }

  /// Tells how long that wait took, from its begin to its end, awake or asleep.
  constexpr void ended(std::uint64_t waited_microseconds) noexcept {
    const bool awake = microseconds() > 0;
    if (waited_microseconds <= std::uint64_t{most_} + (awake ? 0 : waking_microseconds)) {
      soon_ = std::min(soon_ + 1, patience);
      if (awake) needed_ = std::max(needed_ - 1, 1U);
    } else {
      soon_ = 0;
      if (awake) needed_ = std::min(needed_ * 2, patience);
    }
  }

 private:
  std::uint32_t most_;
  std::uint32_t soon_ = 0;    // waits in a row that ended soon enough
  std::uint32_t needed_ = 1;  // of them
};

}  // namespace cleave
#endif
