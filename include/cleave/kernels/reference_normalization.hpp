// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_NORMALIZATION_HPP
#define CLEAVE_KERNELS_REFERENCE_NORMALIZATION_HPP

/// @file
/// What normalization.hpp must compute, as plain loops.

#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/normalization.hpp>
#include <cleave/kernels/reference_activation.hpp>

namespace cleave::kernels::reference {

inline void batch_normalization(const batch_normalization_shape& of, const float* in, const float* weights, float* out,
                                range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        const std::size_t i = at(of.out, y, x, c);
        out[i] = apply(of.post, fused(in[i], weights[c], weights[of.out.channels + c]));
      }
    }
  }
}

/// x / base^beta; the square roots stand for the powers 0.5 and 0.75.
inline float over_power(float x, float base, float beta) noexcept {
  const auto root = [](float value) { return sqrt(scalar_pack{value}).value; };
  if (beta == 0.75F) return x / (root(base) * root(root(base)));
  if (beta == 0.5F) return x / root(base);
  if (beta == 1.0F) return x / base;
  const float logarithm = kernels::log(scalar_pack{base}).value;
  return x * kernels::exp(scalar_pack{logarithm * -beta}).value;
}

inline void local_response_normalization(const local_response_normalization_shape& of, const float* in, float* out,
                                         range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        float sum = 0;
        for (int k = c - (of.size - 1) / 2; k <= c + of.size / 2; ++k) {
          if (k < 0 || k >= of.out.channels) continue;
          const float neighbour = in[at(of.out, y, x, k)];
          sum = fused(neighbour, neighbour, sum);
        }
        const float base = fused(of.alpha / static_cast<float>(of.size), sum, of.bias);
        out[at(of.out, y, x, c)] = over_power(in[at(of.out, y, x, c)], base, of.beta);
      }
    }
  }
}

}  // namespace cleave::kernels::reference
#endif
