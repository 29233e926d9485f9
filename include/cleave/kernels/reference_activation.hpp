// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_ACTIVATION_HPP
#define CLEAVE_KERNELS_REFERENCE_ACTIVATION_HPP

/// @file
/// What activation.hpp, function.hpp and softmax.hpp must compute, as plain loops over one float. exp and its kin are
/// those of math.hpp, which are themselves checked against the C library.

#include <array>
#include <cstddef>

#include <cleave/core/activation.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/function.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/kernels/softmax.hpp>
#include <cleave/simd/scalar_pack.hpp>

namespace cleave::kernels::reference {

/// a * b + c, rounded as the target's kernels do.
inline float fused(float a, float b, float c) noexcept {
  return fma(scalar_pack{a}, scalar_pack{b}, scalar_pack{c}).value;
}

/// The index of an element in a tensor.
constexpr std::size_t at(shape of, int y, int x, int c) noexcept {
  return static_cast<std::size_t>((y * of.width + x) * of.channels + c);
}

/// The functions of function.hpp. Those that round once are written out; the others are made of the same polynomials.
inline float apply_function(activation what, float x) noexcept {
  using kind = activation_kind;
  const scalar_pack one{x};
  const auto sigmoid = [](float y) { return kernels::sigmoid(scalar_pack{y}).value; };
  switch (what.kind) {
    case kind::exp: return kernels::exp(one).value;
    case kind::log: return any_log(one).value;
    case kind::sqrt: return __builtin_sqrtf(x);
    case kind::negate: return 0.0F - x;
    case kind::absolute: return x < 0 ? -x : x;
    case kind::reciprocal: return 1.0F / x;
    case kind::floor: return __builtin_floorf(x) + 0.0F;
    case kind::ceil: return __builtin_ceilf(x) + 0.0F;
    case kind::round: return __builtin_rintf(x) + 0.0F;
    case kind::sign: return x < 0 ? -1.0F : x > 0 ? 1.0F : x;
    case kind::sine: return kernels::sine(one).value;
    case kind::cosine: return kernels::cosine(one).value;
    case kind::erf: return kernels::erf(one).value;
    case kind::gelu: {
      const float half = x * 0.5F;
      return fused(half, kernels::erf(scalar_pack{x * 0x1.6a09e6p-1F}).value, half);
    }
    case kind::gelu_tanh: return fused(x, sigmoid(x * fused(x * x, 0x1.2444f2p-4F, 0x1.988454p+0F)), 0.0F);
    case kind::mish: {
      const float e = kernels::exp(scalar_pack{x < 20 ? x : 20}).value;
      const float n = fused(e, e, e + e);
      return fused(x, n / (n + 2), 0.0F);
    }
    case kind::softsign: return x / (__builtin_fabsf(x) + 1);
    case kind::thresholded_relu: return x > what.alpha ? x : 0.0F;
    case kind::celu: {
      const float below = (x < 0 ? x : 0) * (1 / what.alpha);
      return fused(what.alpha, kernels::expm1_negative(scalar_pack{below}).value, x > 0 ? x : 0.0F);
    }
    case kind::swish: return fused(x, sigmoid(x * what.alpha), 0.0F);
    case kind::power_of: {
      if (what.alpha == 0) return 1;
      if (what.alpha == 1) return x;
      if (what.alpha == 2) return fused(x, x, 0.0F);
      if (what.alpha == 3) return fused(x * x, x, 0.0F);
      if (what.alpha == 4) return fused(x * x, x * x, 0.0F);
      if (what.alpha == 0.5F) return __builtin_sqrtf(x);
      if (what.alpha == -0.5F) return 1 / __builtin_sqrtf(x);
      if (what.alpha == -1) return 1 / x;
      if (what.alpha == -2) return 1 / (x * x);
      return kernels::power(one, scalar_pack{what.alpha}).value;
    }
    default: return x;
  }
}

/// The activation of one element; -0 counts as +0.
inline float apply(activation what, float element) noexcept {
  const float x = element + 0.0F;
  const scalar_pack one{x};
  const auto limited = [](float value, float low, float high) {
    return value < low ? low : value > high ? high : value;
  };
  switch (what.kind) {
    case activation_kind::none: return element;
    case activation_kind::relu: return x < 0 ? 0.0F : x;
    case activation_kind::clip: return limited(x, what.alpha, what.beta) + 0.0F;
    case activation_kind::leaky_relu: return x < 0 ? fused(what.alpha, x, 0.0F) : x;
    case activation_kind::elu: return x < 0 ? fused(what.alpha, expm1_negative(one).value, 0.0F) : x;
    case activation_kind::selu: return what.gamma * (x < 0 ? fused(what.alpha, expm1_negative(one).value, 0.0F) : x);
    case activation_kind::sigmoid: return kernels::sigmoid(one).value;
    case activation_kind::tanh: return kernels::tanh(one).value;
    case activation_kind::hard_sigmoid: return limited(fused(what.alpha, x, what.beta), 0.0F, 1.0F);
    case activation_kind::hard_swish: return fused(x, limited(fused(1.0F / 6.0F, x, 0.5F), 0.0F, 1.0F), 0.0F);
    case activation_kind::softplus: return kernels::softplus(one).value;
    default: return apply_function(what, x);
  }
}

inline void activate(const activation_shape& of, const float* in, float* out, range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        const std::size_t i = at(of.out, y, x, c);
        out[i] = apply(of.what, in[i]);
      }
    }
  }
}

inline void prelu(const prelu_shape& of, const float* in, const float* slope, float* out, range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        const std::size_t i = at(of.out, y, x, c);
        out[i] = in[i] < 0 ? fused(slope[of.shared ? 0 : c], in[i], 0.0F) : in[i] + 0.0F;
      }
    }
  }
}

/// The sum of softmax.hpp: 16 partial sums, then halves onto halves.
constexpr float ordered_sum(const float* terms, int count) noexcept {
  std::array<float, 16> partial{};
  for (int c = 0; c < count; ++c) partial[static_cast<std::size_t>(c % 16)] += terms[c];
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) partial[i] += partial[i + half];
  }
  return partial[0];
}

/// `out` must not be `in`: it first takes the terms of the sum.
inline void softmax(const softmax_shape& of, bool logarithm, const float* in, float* out, range rows) noexcept {
  const int channels = of.out.channels;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      const float* const from = in + at(of.out, y, x, 0);
      float* const to = out + at(of.out, y, x, 0);
      float greatest = from[0];
      for (int c = 1; c < channels; ++c) greatest = from[c] > greatest ? from[c] : greatest;
      for (int c = 0; c < channels; ++c) {
        const float below = from[c] - greatest;
        to[c] = !logarithm && below < softmax_floor(channels) ? 0.0F : kernels::exp(scalar_pack{below}).value;
      }
      const float sum = ordered_sum(to, channels);
      const float log_sum = kernels::log(scalar_pack{sum}).value;
      for (int c = 0; c < channels; ++c) to[c] = logarithm ? (from[c] - greatest) - log_sum : to[c] / sum;
    }
  }
}

}  // namespace cleave::kernels::reference
#endif
