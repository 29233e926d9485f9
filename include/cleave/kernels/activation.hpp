// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ACTIVATION_HPP
#define CLEAVE_KERNELS_ACTIVATION_HPP

/// @file
/// Activations over packs: `apply` for the epilogues of other kernels, `activate` for a whole tensor.
///
/// Nothing compares where max and min will do. In them the bound stands first, so that a NaN stays a NaN on x86 too;
/// the sign of a zero then depends on the machine where x is -0, which callers therefore rule out (sums that begin with
/// +0 or a bias are never -0, and `x + 0` makes +0 of -0).

#include <cstddef>

#include <cleave/core/activation.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/function.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// The activation of each element. Requires: no element is -0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply(Pack x) noexcept {
  using enum activation_kind;
  // Adding +0 makes a bound of -0 a +0.
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value + 0.0F); };
  const auto unit = [&](Pack value) __attribute__((always_inline)) {
    return max(constant(0.0F), min(constant(1.0F), value));
  };
  if constexpr (Act.kind == relu) {
    return max(constant(0.0F), x);
  } else if constexpr (Act.kind == clip) {
    return min(constant(Act.beta), max(constant(Act.alpha), x));
  } else if constexpr (Act.kind == leaky_relu) {
    return fma(constant(Act.alpha), min(constant(0.0F), x), max(constant(0.0F), x));
  } else if constexpr (Act.kind == elu) {
    return fma(constant(Act.alpha), expm1_negative(min(constant(0.0F), x)), max(constant(0.0F), x));
  } else if constexpr (Act.kind == selu) {
    return constant(Act.gamma) *
           fma(constant(Act.alpha), expm1_negative(min(constant(0.0F), x)), max(constant(0.0F), x));
  } else if constexpr (Act.kind == activation_kind::sigmoid) {
    return kernels::sigmoid(x);
  } else if constexpr (Act.kind == activation_kind::tanh) {
    return kernels::tanh(x);
  } else if constexpr (Act.kind == hard_sigmoid) {
    return unit(fma(constant(Act.alpha), x, constant(Act.beta)));
  } else if constexpr (Act.kind == hard_swish) {
    return fma(x, unit(fma(constant(1.0F / 6.0F), x, constant(0.5F))), constant(0.0F));
  } else if constexpr (Act.kind == activation_kind::softplus) {
    return kernels::softplus(x);
  } else if constexpr (Act.kind > activation_kind::softplus) {
    return apply_function<Act>(x);
  } else {
    return x;
  }
}

/// `apply` for any element: one that is -0 counts as +0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply_any(Pack x) noexcept {
  if constexpr (Act.kind == activation_kind::none) {
    return x;
  } else {
    return apply<Act>(x + Pack::fill(0.0F));
  }
}

/// What `activate` is keyed by.
struct activation_shape {
  shape out;
  activation what;

  constexpr bool operator==(const activation_shape&) const = default;
};

/// Applies an activation to rows of a tensor; `in` may be `out`.
template <activation_shape Shape, pack Pack>
void activate(const float* in, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  map_flat<Pack>(
      out + run.first, run.count, [](Pack x) __attribute__((always_inline)) { return apply_any<Shape.what>(x); },
      in + run.first);
}

/// What `prelu` is keyed by.
struct prelu_shape {
  shape out;
  bool shared = false;  ///< one slope for all channels

  constexpr bool operator==(const prelu_shape&) const = default;
};

/// x where positive, slope x elsewhere, with slope[channels] or slope[1]; `in` may be `out`.
template <prelu_shape Shape, pack Pack>
void prelu(const float* in, const float* slope, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  const auto one = [](Pack x, Pack factor) __attribute__((always_inline)) {
    const Pack zero = Pack::fill(0.0F);
    const Pack value = x + zero;
    return fma(factor, min(zero, value), max(zero, value));
  };
  if constexpr (Shape.shared) {
    const Pack factor = Pack::fill(*slope);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack x) __attribute__((always_inline)) { return one(x, factor); },
        in + run.first);
  } else {
    map_channels<Shape.out.channels, Pack>(out + run.first, run.count, one, in + run.first, slope);
  }
}

}  // namespace cleave::kernels
#endif
