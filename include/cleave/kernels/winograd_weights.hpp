// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP

/// @file
/// Weights of a 3x3 convolution, transformed once for many runs: G g G^T. Sums of floats alone, so the results are the
/// same bits on every target, and in a call that transforms them itself.

#include <algorithm>
#include <cstddef>

#include <cleave/kernels/weight_layout.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cleave/kernels/winograd_transform.hpp>
#include <cleave/simd/scalar_pack.hpp>

namespace cleave::kernels {

namespace detail {

template <int Edge>
void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                      float* prepared) noexcept {
  using scalar = basic_scalar_pack<false>;
  const blocked_layout from = blocked(of);
  for (int output = 0; output < of.out.channels; ++output) {
    for (int input = 0; input < of.group_inputs(); ++input) {
      const auto load = [&](std::size_t y, std::size_t x) {
        return scalar::load(weights + from.weight(output, static_cast<int>(y), static_cast<int>(x), input));
      };
      const auto store = [&](std::size_t y, std::size_t x, scalar value) {
        const int point = static_cast<int>(y) * (Edge + 2) + static_cast<int>(x);
        prepared[winograd_weight(of, tiling, point, output, input)] = value.value;
      };
      winograd_kernel<Edge, scalar>(load, store);
    }
  }
}

}  // namespace detail

/// Transforms the weights of a convolution, in the layout `blocked(of)`, into `winograd_weight_floats` floats.
inline void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                             float* prepared) noexcept {
  std::fill_n(prepared, winograd_weight_floats(of, tiling), 0.0F);
  if (tiling.edge == 4) detail::winograd_prepare<4>(of, tiling, weights, prepared);
  else detail::winograd_prepare<2>(of, tiling, weights, prepared);
}

}  // namespace cleave::kernels
#endif
