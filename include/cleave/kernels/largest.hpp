// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_LARGEST_HPP
#define CLEAVE_KERNELS_LARGEST_HPP

/// @file
/// The largest of a row of numbers.

#include <cstddef>
#include <limits>

#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// The largest of `Count` floats; which of +0 and -0 is open, and so is everything where one is a NaN.
template <int Count, pack Pack>
[[gnu::always_inline]] inline float largest(const float* from) noexcept {
  constexpr std::size_t lanes = Pack::lanes;
  constexpr auto count = static_cast<std::size_t>(Count);
  Pack best;
  if constexpr (count < lanes) {
    float padded[lanes];
    Pack::fill(-std::numeric_limits<float>::infinity()).store(padded);
    Pack::template load_first<Count>(from).template store_first<Count>(padded);
    best = Pack::load(padded);
  } else {
    best = Pack::load(from);
    for (std::size_t i = lanes; i + lanes <= count; i += lanes) best = max(best, Pack::load(from + i));
    // The last pack overlaps the one before.
    if constexpr (count % lanes != 0) best = max(best, Pack::load(from + (count - lanes)));
  }
  return reduce_max(best);
}

}  // namespace cleave::kernels
#endif
