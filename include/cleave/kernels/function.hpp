// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_FUNCTION_HPP
#define CLEAVE_KERNELS_FUNCTION_HPP

/// @file
/// Functions of one element that no epilogue of another kernel takes: those of mathematics, and activations that cost
/// more than a few instructions. Written once over packs; activation.hpp applies them.

#include <limits>

#include <cleave/core/activation.hpp>
#include <cleave/kernels/error_function.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/kernels/power.hpp>
#include <cleave/kernels/rounding.hpp>
#include <cleave/kernels/trigonometry.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// log(x) for any x: -inf where it is 0 or subnormal, a NaN where it is negative.
template <pack Pack>
[[gnu::always_inline]] inline Pack any_log(Pack x) noexcept {
  using limits = std::numeric_limits<float>;
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value); };
  const Pack bounded = min(constant(limits::max()), max(constant(limits::min()), x));
  // What was a NaN has lost that in log.
  Pack result = kernels::log(bounded) + (bounded - bounded);
  result = select_greater(x, constant(limits::max()), x, result);
  result = select_greater(constant(limits::min()), x, constant(-limits::infinity()), result);
  return select_greater(constant(0.0F), x, constant(limits::quiet_NaN()), result);
}

/// The functions behind `softplus` in `activation_kind`. Requires: no element is -0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply_function(Pack x) noexcept {
  using kind = activation_kind;
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value + 0.0F); };
  const Pack zero = Pack::fill(0.0F);
  const Pack one = Pack::fill(1.0F);
  if constexpr (Act.kind == kind::exp) {
    return kernels::exp(x);
  } else if constexpr (Act.kind == kind::log) {
    return any_log(x);
  } else if constexpr (Act.kind == kind::sqrt) {
    return sqrt(x);
  } else if constexpr (Act.kind == kind::negate) {
    return zero - x;
  } else if constexpr (Act.kind == kind::absolute) {
    return abs(x);
  } else if constexpr (Act.kind == kind::reciprocal) {
    return divide(one, x);
  } else if constexpr (Act.kind == kind::floor) {
    return kernels::floor(x);
  } else if constexpr (Act.kind == kind::ceil) {
    return kernels::ceil(x);
  } else if constexpr (Act.kind == kind::round) {
    return kernels::round(x);
  } else if constexpr (Act.kind == kind::sign) {
    return kernels::sign(x);
  } else if constexpr (Act.kind == kind::sine) {
    return kernels::sine(x);
  } else if constexpr (Act.kind == kind::cosine) {
    return kernels::cosine(x);
  } else if constexpr (Act.kind == kind::erf) {
    return kernels::erf(x);
  } else if constexpr (Act.kind == kind::gelu) {
    const Pack half = x * constant(0.5F);
    return fma(half, kernels::erf(x * constant(0x1.6a09e6p-1F)), half);
  } else if constexpr (Act.kind == kind::gelu_tanh) {
    // (1 + tanh u) / 2 is sigmoid(2 u), which loses no digits where it is near 0.
    const Pack twice = x * fma(x * x, constant(0x1.2444f2p-4F), constant(0x1.988454p+0F));
    return fma(x, kernels::sigmoid(twice), zero);
  } else if constexpr (Act.kind == kind::mish) {
    // tanh(log(1 + e)) = n / (n + 2) for n = e (e + 2).
    const Pack e = kernels::exp(min(constant(20.0F), x));
    const Pack n = fma(e, e, e + e);
    return fma(x, divide(n, n + constant(2.0F)), zero);
  } else if constexpr (Act.kind == kind::softsign) {
    return divide(x, abs(x) + one);
  } else if constexpr (Act.kind == kind::thresholded_relu) {
    return select_greater(x, constant(Act.alpha), x, zero);
  } else if constexpr (Act.kind == kind::celu) {
    const Pack below = expm1_negative(min(zero, x) * constant(1.0F / Act.alpha));
    return fma(constant(Act.alpha), below, max(zero, x));
  } else if constexpr (Act.kind == kind::swish) {
    return fma(x, kernels::sigmoid(x * constant(Act.alpha)), zero);
  } else {
    static_assert(Act.kind == kind::power_of);
    return known_power<Act>(x);
  }
}

}  // namespace cleave::kernels
#endif
