// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_MATH_HPP
#define CLEAVE_KERNELS_MATH_HPP

/// @file
/// exp, log and their kin over packs, as the library's own polynomials: one sequence of correctly rounded operations
/// for every pack, so the same bits wherever the pack's fma rounds once. (C libraries differ from system to system,
/// vector libraries from one instruction set to the next.)
///
/// Nothing here makes a subnormal number, and nothing but log compares: a comparison costs 40 instructions a pack with
/// g++ 12 on 32-bit NEON. Bounds stand first in max and min, so that a NaN stays a NaN on x86 too. Every product that a
/// sum takes is an fma, or exact, so that a compiler's contractions change nothing.
///
/// The largest errors, over all normal arguments, in units in the last place of a float, with fused packs:
/// exp 1.58, expm1_negative 1.0, log 0.87, log1p_unit 1.98, sigmoid 2.75, tanh 2.50, softplus 2.91.

#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// ln 2 as a sum: `high` ends in zeros, so that its product with any exponent is exact.
inline constexpr float ln2_high = 0x1.62e4p-1F;
inline constexpr float ln2_low = 0x1.7f7d1cp-20F;
/// 1 / ln 2 rounded up; see exp for why not to nearest.
inline constexpr float log2_e = 0x1.715478p+0F;

/// The polynomial with these coefficients, the highest first, by Horner's rule.
template <pack Pack, class... Lower>
[[gnu::always_inline]] inline Pack polynomial(Pack x, float highest, Lower... lower) noexcept {
  Pack sum = Pack::fill(highest);
  ((sum = fma(sum, x, Pack::fill(lower))), ...);
  return sum;
}

/// x - n ln 2.
template <pack Pack>
[[gnu::always_inline]] inline Pack minus_exponent(Pack x, Pack n) noexcept {
  return fma(n, Pack::fill(-ln2_low), fma(n, Pack::fill(-ln2_high), x));
}

/// log(m) for m in [sqrt 1/2, sqrt 2], less f = m - 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack log_less_linear(Pack f) noexcept {
  const Pack q = polynomial(f, -0x1.38b598p-4F, 0x1.055b7ep-3F, -0x1.0d8546p-3F, 0x1.22da1ap-3F, -0x1.547244p-3F,
                            0x1.99a008p-3F, -0x1.000226p-2F, 0x1.555554p-2F);
  const Pack square = f * f;
  return fma(square * f, q, square * Pack::fill(-0.5F));
}

}  // namespace detail

/// e^x. Exactly 1 at 0; 0 where the result would be less than the least normal number; inf above the largest.
template <pack Pack>
[[gnu::always_inline]] inline Pack exp(Pack x) noexcept {
  // e^x = 2^n e^r with n = floor(x / ln 2), not the nearest integer: then e^r is in [1, 2), the result falls below the
  // least normal number where n is -127 and overflows where n is 128, and those powers are made as 0 and inf. So
  // neither end has to be told apart. With 1 / ln 2 rounded to nearest one argument has n too large by 1 at the lower
  // end, and a subnormal result; rounded up, one at the upper end has, and the result is inf, for 3.4028e38.
  const Pack bounded = min(Pack::fill(89.0F), max(Pack::fill(-88.0F), x));
  const Pack n = round_even(fma(bounded, Pack::fill(detail::log2_e), Pack::fill(-0.5F)));
  const Pack r = detail::minus_exponent(bounded, n);
  const Pack q = detail::polynomial(r, 0x1.f5595cp-10F, 0x1.01d508p-7F, 0x1.56e046p-5F, 0x1.55431cp-3F, 0x1.00004cp-1F);
  return (fma(r * r, q, r) + Pack::fill(1.0F)) * power_of_two(n);
}

/// e^x - 1 for x <= 0, without the loss of digits near 0. Exactly 0 at 0.
template <pack Pack>
[[gnu::always_inline]] inline Pack expm1_negative(Pack x) noexcept {
  const Pack bounded = max(Pack::fill(-20.0F), x);
  const Pack n = round_even(fma(bounded, Pack::fill(detail::log2_e), Pack::fill(0.0F)));
  const Pack r = detail::minus_exponent(bounded, n);
  const Pack q = detail::polynomial(r, 0x1.6c08bcp-10F, 0x1.122652p-7F, 0x1.555640p-5F, 0x1.5554b2p-3F, 0x1.fffffep-2F);
  const Pack scale = power_of_two(n);
  return fma(scale, fma(r * r, q, r), scale - Pack::fill(1.0F));
}

/// log(x). Requires: x is normal and positive.
template <pack Pack>
[[gnu::always_inline]] inline Pack log(Pack x) noexcept {
  Pack mantissa;
  const Pack power = split_exponent(x, mantissa);
  // From [1, 2) to [sqrt 1/2, sqrt 2], so that the two terms never cancel. All exact.
  const Pack half = select_greater(mantissa, Pack::fill(0x1.6a09e6p+0F), Pack::fill(0.5F), Pack::fill(1.0F));
  const Pack exponent = fma(half, Pack::fill(-2.0F), power + Pack::fill(2.0F));
  const Pack f = fma(mantissa, half, Pack::fill(-1.0F));
  const Pack low = fma(exponent, Pack::fill(detail::ln2_low), detail::log_less_linear(f));
  return fma(exponent, Pack::fill(detail::ln2_high), low + f);
}

/// log(1 + x) for x in [0, 1], without the loss of digits near 0. Exactly 0 at 0.
template <pack Pack>
[[gnu::always_inline]] inline Pack log1p_unit(Pack x) noexcept {
  // log(1 + x) = 2 artanh(x / (2 + x)), as a series in twice that: x itself where x is small, and so never subnormal.
  const Pack twice = divide(x + x, x + Pack::fill(2.0F));
  const Pack square = twice * twice;
  const Pack q = detail::polynomial(square, 0x1.1ef89ap-11F, 0x1.1eb60ap-9F, 0x1.99d27cp-7F, 0x1.555500p-4F);
  return fma(twice * square, q, twice);
}

/// 1 / (1 + e^-x). 0 where the result would be less than the least normal number.
template <pack Pack>
[[gnu::always_inline]] inline Pack sigmoid(Pack x) noexcept {
  // Not 1 / (1 + e^-x), which makes subnormal numbers where x < -87.
  const Pack power = exp(min(Pack::fill(20.0F), x));
  return divide(power, power + Pack::fill(1.0F));
}

/// The hyperbolic tangent, also near 0, where it is x.
template <pack Pack>
[[gnu::always_inline]] inline Pack tanh(Pack x) noexcept {
  // With t = e^(-2|x|) - 1, tanh |x| is -t / (2 + t).
  const Pack t = expm1_negative(abs(x) * Pack::fill(-2.0F));
  const Pack minus_sign = max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(-0x1p127F)));
  return fma(divide(t, t + Pack::fill(2.0F)), minus_sign, Pack::fill(0.0F));
}

/// log(1 + e^x).
template <pack Pack>
[[gnu::always_inline]] inline Pack softplus(Pack x) noexcept {
  return max(Pack::fill(0.0F), x) + log1p_unit(exp(abs(x) * Pack::fill(-1.0F)));
}

}  // namespace cleave::kernels
#endif
