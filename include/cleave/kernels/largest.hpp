// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_LARGEST_HPP
#define CLEAVE_KERNELS_LARGEST_HPP

/// @file
/// The largest of a row of numbers.

#include <array>
#include <cstddef>
#include <limits>

#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// The first `Count` floats (-0 becoming +0); the other lanes are -inf.
template <int Count, pack Pack>
[[gnu::always_inline]] inline Pack load_lowest(const float* from) noexcept {
  if constexpr (static_cast<std::size_t>(Count) == Pack::lanes) return Pack::load(from);
  static constexpr auto beyond = [] {
    std::array<float, Pack::lanes> made{};
    for (std::size_t i = static_cast<std::size_t>(Count); i < Pack::lanes; ++i) {
      made[i] = -std::numeric_limits<float>::infinity();
    }
    return made;
  }();
  return Pack::template load_first<Count>(from) + Pack::load(beyond.data());
}

/// The largest of `Count` floats; which of +0 and -0 is open, and so is everything where one is a NaN.
template <int Count, pack Pack>
[[gnu::always_inline]] inline float largest(const float* from) noexcept {
  constexpr std::size_t lanes = Pack::lanes;
  constexpr auto count = static_cast<std::size_t>(Count);
  if constexpr (count < lanes) {
    return reduce_max(load_lowest<Count, Pack>(from));
  } else {
    Pack best = Pack::load(from);
    for (std::size_t i = lanes; i + lanes <= count; i += lanes) best = max(best, Pack::load(from + i));
    // The last pack overlaps the one before.
    if constexpr (count % lanes != 0) best = max(best, Pack::load(from + (count - lanes)));
    return reduce_max(best);
  }
}

}  // namespace cleave::kernels
#endif
