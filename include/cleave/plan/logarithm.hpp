// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_LOGARITHM_HPP
#define CLEAVE_PLAN_LOGARITHM_HPP

/// @file
/// The natural logarithm while compiling, and on devices without a mathematical library. Layer "plan": knows networks,
/// links and bytes; runs nothing.

#include <bit>
#include <cstdint>

namespace cleave {

/// The natural logarithm of a normal number above 0, within 4e-15 of it (relative, or absolute around 1). Other numbers
/// give what the logarithm of the least normal number is.
constexpr double natural_logarithm(double of) noexcept {
  constexpr double least = 2.2250738585072014e-308;
  if (!(of >= least)) of = least;
  const auto bits = std::bit_cast<std::uint64_t>(of);
  int exponent = static_cast<int>(bits >> 52 & 0x7FFU) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFU) | 0x3FF0000000000000U);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++exponent;
  }
  // 2 artanh(s), with |s| below 0.172: the terms behind s^17 are below 1e-16.
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (int odd = 17; odd >= 1; odd -= 2) sum = sum * square + 1.0 / odd;
  return 2 * s * sum + exponent * 0.6931471805599453;
}

}  // namespace cleave
#endif
