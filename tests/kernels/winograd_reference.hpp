// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_WINOGRAD_REFERENCE_HPP
#define CLEAVE_TESTS_KERNELS_WINOGRAD_REFERENCE_HPP

/// @file
/// What winograd.hpp must compute, tile by tile in plain loops.

#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cstddef>
#include <vector>

namespace cleave_test {

using cleave::kernels::reference::fused;

inline void winograd_input_line(int edge, const float* d, float* to) {
  if (edge == 2) {
    to[0] = d[0] - d[2];
    to[1] = d[1] + d[2];
    to[2] = d[2] - d[1];
    to[3] = d[1] - d[3];
    return;
  }
  const float even = fused(-4, d[2], d[4]);
  const float odd = fused(-4, d[1], d[3]);
  to[0] = fused(4, d[0], fused(-5, d[2], d[4]));
  to[1] = even + odd;
  to[2] = even - odd;
  to[3] = fused(2, d[3] - d[1], d[4] - d[2]);
  to[4] = fused(-2, d[3] - d[1], d[4] - d[2]);
  to[5] = fused(4, d[1], fused(-5, d[3], d[5]));
}

inline void winograd_output_line(int edge, const float* m, float* to) {
  if (edge == 2) {
    to[0] = fused(2, m[0], m[1] + m[2]);
    to[1] = fused(-2, m[3], m[1] - m[2]);
    return;
  }
  const float near = m[1] + m[2];
  const float far = m[3] + m[4];
  to[0] = fused(6, m[0], fused(-4, near, far));
  to[1] = fused(-2, m[1] - m[2], m[3] - m[4]);
  to[2] = far - near;
  to[3] = fused(6, m[5], fused(2, m[3] - m[4], m[2] - m[1]));
}

/// What an output's place in the tile multiplies it with.
inline float winograd_reference_scale(int edge, int y, int x) {
  if (edge == 2) return 0.25F;
  constexpr int line[]{24, 12, 6, 6};
  return 1.0F / static_cast<float>(line[y] * line[x]);
}

/// A square of `side` numbers, lines first along the columns and then along the rows, to `result` numbers squared.
template <class Line>
void winograd_both_ways(int edge, int side, int result, const float* square, float* to, Line line) {
  float half[6][6];
  for (int x = 0; x < side; ++x) {
    float column[6];
    float done[6];
    for (int y = 0; y < side; ++y) column[y] = square[y * side + x];
    line(edge, column, done);
    for (int y = 0; y < result; ++y) half[y][x] = done[y];
  }
  for (int y = 0; y < result; ++y) line(edge, half[y], to + y * result);
}

inline void winograd_reference(const cleave::kernels::conv2d_shape& of, const cleave::kernels::winograd_tiling& tiling,
                               const float* in, const float* prepared, const float* biases, const float* residual,
                               float* out, cleave::range rows) {
  namespace kernels = cleave::kernels;
  const kernels::blocked_layout layout = blocked(of);
  const int side = tiling.window();
  const int points = tiling.points();
  std::vector<float> inputs(static_cast<std::size_t>(points * of.in.channels));
  for (int tile = 0; tile < tiling.tiles(); ++tile) {
    const int top = tile / tiling.wide * tiling.edge;
    const int left = tile % tiling.wide * tiling.edge;
    for (int channel = 0; channel < of.in.channels; ++channel) {
      float window[36];
      for (int i = 0; i < points; ++i) {
        const int y = top + i / side - of.pad.top;
        const int x = left + i % side - of.pad.left;
        const bool inside = y >= 0 && y < of.in.height && x >= 0 && x < of.in.width;
        window[i] = inside ? in[kernels::reference::at(of.in, y, x, channel)] : 0;
      }
      winograd_both_ways(tiling.edge, side, side, window, inputs.data() + channel * points, winograd_input_line);
    }
    for (int o = 0; o < of.out.channels; ++o) {
      const int first = o / of.group_outputs() * of.group_inputs();
      float products[36];
      for (int point = 0; point < points; ++point) {
        float sum = 0;
        for (int i = 0; i < of.group_inputs(); ++i) {
          sum = fused(inputs[static_cast<std::size_t>((first + i) * points + point)],
                      prepared[winograd_weight(of, tiling, point, o, i)], sum);
        }
        products[point] = sum;
      }
      float results[16];
      winograd_both_ways(tiling.edge, side, tiling.edge, products, results, winograd_output_line);
      for (int i = 0; i < tiling.edge * tiling.edge; ++i) {
        const int y = top + i / tiling.edge;
        const int x = left + i % tiling.edge;
        if (y < rows.begin || y >= rows.end || x >= of.out.width) continue;
        const std::size_t place = kernels::reference::at(of.out, y, x, o);
        const int own = o / of.group_outputs() * layout.padded_outputs() + o % of.group_outputs();
        const float scale = winograd_reference_scale(tiling.edge, i / tiling.edge, i % tiling.edge);
        out[place] = kernels::reference::finish(of.post, fused(results[i], scale, biases[own]), residual, place);
      }
    }
  }
}

}  // namespace cleave_test
#endif
