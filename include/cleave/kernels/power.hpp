// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_POWER_HPP
#define CLEAVE_KERNELS_POWER_HPP

/// @file
/// x^y over packs, by the rules of math.hpp. The logarithm is made as the sum of two floats: one alone would leave
/// x^y with an error of y log x units in the last place.

#include <limits>

#include <cleave/core/activation.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/kernels/rounding.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// A number as the sum of two floats, the second much smaller.
template <pack Pack>
struct two_floats {
  Pack high;
  Pack low;
};

/// log(x), with about 30 bits. Requires: x is normal and positive.
template <pack Pack>
[[gnu::always_inline]] inline two_floats<Pack> long_log(Pack x) noexcept {
  Pack mantissa;
  const Pack exponent_of_x = split_exponent(x, mantissa);
  // As in log: f = m - 1 for m in [sqrt 1/2, sqrt 2].
  const Pack half = select_greater(mantissa, Pack::fill(0x1.6a09e6p+0F), Pack::fill(0.5F), Pack::fill(1.0F));
  const Pack exponent = fma(half, Pack::fill(-2.0F), exponent_of_x + Pack::fill(2.0F));
  const Pack f = fma(mantissa, half, Pack::fill(-1.0F));
  // log(1 + f) = 2 artanh t for t = f / (2 + f), which is t + t_low.
  const Pack d = f + Pack::fill(2.0F);
  const Pack d_low = f - (d - Pack::fill(2.0F));
  const Pack t = divide(f, d);
  const Pack minus_t = t * Pack::fill(-1.0F);
  const Pack t_low = divide(fma(minus_t, d_low, fma(minus_t, d, f)), d);
  const Pack square = t * t;
  const Pack series = polynomial(square, 0x1.f13b22p-3F, 0x1.23d3ep-2F, 0x1.999c26p-2F, 0x1.555554p-1F);
  const Pack main = t + t;
  const Pack main_low = fma(square * t, series, t_low + t_low);
  // Plus exponent ln 2, whose high part times any exponent is exact.
  const Pack whole = exponent * Pack::fill(ln2_high);
  const Pack sum = whole + main;
  const Pack taken = sum - whole;
  const Pack lost = (whole - (sum - taken)) + (main - taken);
  const Pack rest = fma(exponent, Pack::fill(ln2_low), lost + main_low);
  const Pack high = sum + rest;
  return {high, rest - (high - sum)};
}

/// x^y for a normal positive x.
template <pack Pack>
[[gnu::always_inline]] inline Pack positive_power(Pack x, Pack y) noexcept {
  const two_floats<Pack> logarithm = long_log(x);
  const Pack zero = Pack::fill(0.0F);
  const Pack z = fma(y, logarithm.high, zero);
  const Pack rest = fma(y, logarithm.low, fma(y, logarithm.high, zero - z));
  // As in exp; beyond its bounds the rest is of no account.
  const Pack small = max(Pack::fill(-0.001F), min(Pack::fill(0.001F), rest));
  const Pack bounded = min(Pack::fill(89.0F), max(Pack::fill(-88.0F), z));
  const Pack n = round_even(fma(bounded, Pack::fill(log2_e), Pack::fill(-0.5F)));
  const Pack r = minus_exponent(bounded, n) + small;
  const Pack q = polynomial(r, 0x1.f5595cp-10F, 0x1.01d508p-7F, 0x1.56e046p-5F, 0x1.55431cp-3F, 0x1.00004cp-1F);
  return (fma(r * r, q, r) + Pack::fill(1.0F)) * power_of_two(n);
}

}  // namespace detail

/// x^y. A negative x wants a whole y, else the result is a NaN. Subnormal numbers count as 0, and 0^0 is 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack power(Pack x, Pack y) noexcept {
  constexpr float least = std::numeric_limits<float>::min();
  constexpr float most = std::numeric_limits<float>::max();
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value); };
  const Pack zero = constant(0.0F);
  const Pack size = abs(x);
  // Larger exponents all give 0, 1 or inf.
  const Pack exponent = max(constant(-0x1p40F), min(constant(0x1p40F), y));
  const Pack base = min(constant(most), max(constant(least), size));
  // A base that is a NaN has lost that on the way.
  Pack result = detail::positive_power(base, exponent) + (base - base);
  // inf^y and 0^y.
  const auto by_sign = [&](float positive, float negative) __attribute__((always_inline)) {
    return select_greater(y, zero, constant(positive), select_greater(zero, y, constant(negative), constant(1.0F)));
  };
  constexpr float inf = std::numeric_limits<float>::infinity();
  result = select_greater(size, constant(most), by_sign(inf, 0.0F), result);
  result = select_greater(constant(least), size, by_sign(0.0F, inf), result);
  // (-x)^y. An odd y is no whole number when halved.
  const Pack half = exponent * constant(0.5F);
  const Pack is_odd = abs(half - kernels::round(half));
  const Pack is_broken = abs(exponent - kernels::round(exponent));
  const Pack odd = select_greater(is_odd, constant(0.25F), zero - result, result);
  const Pack whole = select_greater(is_broken, zero, constant(std::numeric_limits<float>::quiet_NaN()), odd);
  return select_greater(zero, x, whole, result);
}

/// x^alpha for an exponent that is known: powers that need no logarithm are made without.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack known_power(Pack x) noexcept {
  constexpr float exponent = Act.alpha;
  const Pack zero = Pack::fill(0.0F);
  const Pack one = Pack::fill(1.0F);
  if constexpr (exponent == 0.0F) {
    return one;
  } else if constexpr (exponent == 1.0F) {
    return x;
  } else if constexpr (exponent == 2.0F) {
    return fma(x, x, zero);
  } else if constexpr (exponent == 3.0F) {
    return fma(x * x, x, zero);
  } else if constexpr (exponent == 4.0F) {
    const Pack square = x * x;
    return fma(square, square, zero);
  } else if constexpr (exponent == 0.5F) {
    return sqrt(x);
  } else if constexpr (exponent == -0.5F) {
    return divide(one, sqrt(x));
  } else if constexpr (exponent == -1.0F) {
    return divide(one, x);
  } else if constexpr (exponent == -2.0F) {
    return divide(one, x * x);
  } else {
    return kernels::power(x, Pack::fill(exponent));
  }
}

}  // namespace cleave::kernels
#endif
