// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ROUNDING_HPP
#define CLEAVE_KERNELS_ROUNDING_HPP

/// @file
/// Whole numbers near an element, exact for every float, and its sign. A NaN stays a NaN; a result of 0 is +0.

#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// The nearest whole number, the even one where two are as near.
template <pack Pack>
[[gnu::always_inline]] inline Pack round(Pack x) noexcept {
  // From 2^23 on all floats are whole, and between 2^23 and 2^24 they are 1 apart.
  const Pack whole = Pack::fill(0x1p23F);
  const Pack size = abs(x);
  const Pack rounded = (size + whole) - whole;
  const Pack zero = Pack::fill(0.0F);
  const Pack near = select_greater(zero, x, zero - rounded, rounded);
  return select_greater(whole, size, near, x);
}

/// The largest whole number that is not above x.
template <pack Pack>
[[gnu::always_inline]] inline Pack floor(Pack x) noexcept {
  const Pack near = kernels::round(x);
  return select_greater(near, x, near - Pack::fill(1.0F), near);
}

/// The smallest whole number that is not below x.
template <pack Pack>
[[gnu::always_inline]] inline Pack ceil(Pack x) noexcept {
  const Pack near = kernels::round(x);
  return select_greater(x, near, near + Pack::fill(1.0F), near);
}

/// -1, 0 or 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack sign(Pack x) noexcept {
  // The least normal number times this is 2.
  return max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(0x1p127F)));
}

}  // namespace cleave::kernels
#endif
