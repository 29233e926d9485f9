// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP

/// @file
/// Weights of a 3x3 convolution, transformed once for many runs: G g G^T. Made in double from whole multiples of the
/// weights, so that the results are the same bits on every target; then rounded to float once.

#include <algorithm>
#include <array>
#include <cstddef>

#include <cleave/kernels/weight_layout.hpp>
#include <cleave/kernels/winograd_shape.hpp>

namespace cleave::kernels {

namespace detail {

/// From three weights to the points, times 24 for edge 4 and 2 for edge 2.
constexpr void winograd_points_of(int edge, const double* g, double* points) noexcept {
  if (edge == 4) {
    const double outer = g[0] + g[2];
    const double far = g[0] + 4 * g[2];
    points[0] = 6 * g[0];
    points[1] = -4 * (outer + g[1]);
    points[2] = -4 * (outer - g[1]);
    points[3] = far + 2 * g[1];
    points[4] = far - 2 * g[1];
    points[5] = 24 * g[2];
  } else {
    const double outer = g[0] + g[2];
    points[0] = 2 * g[0];
    points[1] = outer + g[1];
    points[2] = outer - g[1];
    points[3] = 2 * g[2];
  }
}

}  // namespace detail

/// Transforms the weights of a convolution, in the layout `blocked(of)`, into `winograd_weight_floats` floats.
inline void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                             float* prepared) noexcept {
  const blocked_layout from = blocked(of);
  const blocked_layout to = blocked(winograd_products(of, tiling));
  const auto side = static_cast<std::size_t>(tiling.window());
  const double scale = tiling.edge == 4 ? 24.0 * 24.0 : 2.0 * 2.0;
  std::fill_n(prepared, winograd_weight_floats(of, tiling), 0.0F);
  for (int output = 0; output < of.out.channels; ++output) {
    for (int input = 0; input < of.group_inputs(); ++input) {
      // Along the columns, then along the rows.
      double half[6][3];
      for (int column = 0; column < 3; ++column) {
        const double g[3]{weights[from.weight(output, 0, column, input)],
                          weights[from.weight(output, 1, column, input)],
                          weights[from.weight(output, 2, column, input)]};
        double points[6];
        detail::winograd_points_of(tiling.edge, g, points);
        for (std::size_t y = 0; y < side; ++y) half[y][column] = points[y];
      }
      for (std::size_t y = 0; y < side; ++y) {
        double points[6];
        detail::winograd_points_of(tiling.edge, half[y], points);
        for (std::size_t x = 0; x < side; ++x) {
          prepared[(y * side + x) * to.floats() + to.weight(output, 0, 0, input)] =
              static_cast<float>(points[x] / scale);
        }
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
