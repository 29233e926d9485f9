// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_TRIGONOMETRY_HPP
#define CLEAVE_KERNELS_TRIGONOMETRY_HPP

/// @file
/// Sine and cosine over packs, as the library's own polynomials, by the rules of math.hpp.

#include <cleave/kernels/math.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// x - n pi / 2.
template <pack Pack>
[[gnu::always_inline]] inline Pack minus_quarters(Pack x, Pack n) noexcept {
  Pack r = x;
  const auto less = [&](float part) __attribute__((always_inline)) { r = fma(n, Pack::fill(-part), r); };
  if constexpr (Pack::fused) {
    less(0x1.921fb6p+0F);
    less(-0x1.777a5cp-25F);
    less(-0x1.ee59dap-50F);
  } else {
    // Parts of nine bits, so that products with n are exact up to 2^15.
    less(0x1.92p+0F);
    less(0x1.fbp-12F);
    less(0x1.51p-22F);
    less(0x1.0b4612p-34F);
  }
  return r;
}

/// The sine of x + quarters pi / 2, for quarters of 0 or 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack sine_after(Pack x, float quarters) noexcept {
  const Pack half = Pack::fill(0.5F);
  const Pack n = round_even(fma(x, Pack::fill(0x1.45f306p-1F), Pack::fill(0.0F)));
  const Pack r = minus_quarters(x, n);
  const Pack square = r * r;
  const Pack sine = fma(square * r, polynomial(square, -0x1.9952fap-13F, 0x1.110776p-7F, -0x1.555546p-3F), r);
  const Pack q = polynomial(square, 0x1.99e80cp-16F, -0x1.6c0c28p-10F, 0x1.55554ap-5F);
  const Pack cosine = fma(square * square, q, fma(square, Pack::fill(-0.5F), Pack::fill(1.0F)));
  // Which of four quarters: the last two bits of n + quarters, without comparing. All exact.
  const Pack turned = n + Pack::fill(quarters);
  const Pack halves = round_even(fma(turned, half, Pack::fill(-0.25F)));
  const Pack odd = fma(halves, Pack::fill(-2.0F), turned);
  const Pack turns = round_even(fma(halves, half, Pack::fill(-0.25F)));
  const Pack negative = fma(turns, Pack::fill(-2.0F), halves);
  const Pack value = select_greater(odd, half, cosine, sine);
  return fma(value, fma(negative, Pack::fill(-2.0F), Pack::fill(1.0F)), Pack::fill(0.0F));
}

}  // namespace detail

/// The sine of x. Requires: |x| < 2^21; where packs do not fuse multiply-add, digits are lost from 2^15 on.
template <pack Pack>
[[gnu::always_inline]] inline Pack sine(Pack x) noexcept {
  return detail::sine_after(x, 0.0F);
}

/// The cosine of x. Requires: as `sine`.
template <pack Pack>
[[gnu::always_inline]] inline Pack cosine(Pack x) noexcept {
  return detail::sine_after(x, 1.0F);
}

}  // namespace cleave::kernels
#endif
