// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_RANDOM_BITS_HPP
#define CLEAVE_CORE_RANDOM_BITS_HPP

/// @file
/// Reproducible random numbers for tests, faults and jitter: the same on every machine, which the
/// distributions of <random> are not. Not for secrets.

#include <cstdint>

namespace cleave {

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, any seed will do.
class random_bits {
 public:
  constexpr explicit random_bits(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }

  /// 0 to `limit` - 1; even enough for limits far below 2^64. Requires: `limit` is not 0.
  constexpr std::uint64_t below(std::uint64_t limit) noexcept { return next() % limit; }

 private:
  std::uint64_t state_;
};

}  // namespace cleave
#endif
