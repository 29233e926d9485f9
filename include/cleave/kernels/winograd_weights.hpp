// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP

/// @file
/// Weights of a 3x3 convolution, transformed once for many runs: G g G^T. Made in double, so that the results are the
/// same bits on every target; then rounded to float once.

#include <algorithm>
#include <array>
#include <cstddef>

#include <cleave/kernels/weight_layout.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cleave/kernels/winograd_transform.hpp>

namespace cleave::kernels {

namespace detail {

template <int Edge>
void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                      float* prepared) noexcept {
  const blocked_layout from = blocked(of);
  for (int output = 0; output < of.out.channels; ++output) {
    for (int input = 0; input < of.group_inputs(); ++input) {
      const auto load = [&](std::size_t y, std::size_t x) {
        return static_cast<double>(weights[from.weight(output, static_cast<int>(y), static_cast<int>(x), input)]);
      };
      const auto transform = [](const std::array<double, 3>& g) { return winograd_weights<Edge>(g); };
      const auto store = [&](std::size_t y, std::size_t x, double value) {
        const int point = static_cast<int>(y) * (Edge + 2) + static_cast<int>(x);
        prepared[winograd_weight(of, tiling, point, output, input)] = static_cast<float>(value);
      };
      winograd_square<3, Edge + 2>(load, transform, store);
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
