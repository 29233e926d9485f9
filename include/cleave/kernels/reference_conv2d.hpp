// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_CONV2D_HPP
#define CLEAVE_KERNELS_REFERENCE_CONV2D_HPP

/// @file
/// What conv2d.hpp, depthwise.hpp, locally_connected.hpp and dense.hpp must compute, as plain loops over the same
/// weights. The order of the additions is part of it: bias, then kernel row, kernel column, input channel.

#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/reference_activation.hpp>
#include <cleave/kernels/weight_layout.hpp>

namespace cleave::kernels::reference {

/// The sum of a window at output pixel (y, x) over input channels [first, first + inputs): `weight(row, column, input)`
/// gives the place of a weight.
template <class Weight>
float window_sum(const conv2d_shape& of, const float* in, int y, int x, int first, int inputs, float bias,
                 const float* weights, Weight weight) noexcept {
  float sum = bias;
  for (int ky = 0; ky < of.kernel.height; ++ky) {
    for (int kx = 0; kx < of.kernel.width; ++kx) {
      const int row = y * of.stride.height - of.pad.top + ky * of.dilation.height;
      const int column = x * of.stride.width - of.pad.left + kx * of.dilation.width;
      if (row < 0 || row >= of.in.height || column < 0 || column >= of.in.width) continue;
      for (int i = 0; i < inputs; ++i) {
        sum = fused(in[at(of.in, row, column, first + i)], weights[weight(ky, kx, i)], sum);
      }
    }
  }
  return sum;
}

/// What an epilogue makes of a sum. `i` is the output's place; `residual` may be null where there is none.
inline float finish(const epilogue& post, float sum, const float* residual, std::size_t i) noexcept {
  return apply(post.post, post.residual ? sum + residual[i] : sum);
}

inline void conv2d(const conv2d_shape& of, const float* in, const float* weights, const float* residual, float* out,
                   range rows) noexcept {
  const blocked_layout layout = blocked(of);
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int o = 0; o < of.out.channels; ++o) {
        const int first = o / of.group_outputs() * of.group_inputs();
        const float sum = window_sum(of, in, y, x, first, of.group_inputs(), weights[layout.bias(o)], weights,
                                     [&](int ky, int kx, int i) { return layout.weight(o, ky, kx, i); });
        const std::size_t i = at(of.out, y, x, o);
        out[i] = finish(of.post, sum, residual, i);
      }
    }
  }
}

inline void depthwise(const conv2d_shape& of, const float* in, const float* weights, const float* residual, float* out,
                      range rows) noexcept {
  const depthwise_layout layout = depthwise_weights(of);
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int o = 0; o < of.out.channels; ++o) {
        const float sum = window_sum(of, in, y, x, o / of.group_outputs(), 1, weights[layout.bias(o)], weights,
                                     [&](int ky, int kx, int) { return layout.weight(o, ky, kx); });
        const std::size_t i = at(of.out, y, x, o);
        out[i] = finish(of.post, sum, residual, i);
      }
    }
  }
}

inline void locally_connected(const conv2d_shape& of, const float* in, const float* weights, const float* residual,
                              float* out, range rows) noexcept {
  const locally_connected_layout layout = untied_weights(of);
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      const int pixel = y * of.out.width + x;
      for (int o = 0; o < of.out.channels; ++o) {
        const float sum = window_sum(of, in, y, x, 0, of.in.channels, weights[layout.bias(pixel, o)], weights,
                                     [&](int ky, int kx, int i) { return layout.weight(pixel, o, ky, kx, i); });
        const std::size_t i = at(of.out, y, x, o);
        out[i] = finish(of.post, sum, residual, i);
      }
    }
  }
}

inline void dense(const dense_shape& of, const float* in, const float* weights, const float* residual, float* out,
                  range outputs) noexcept {
  const blocked_layout layout = blocked(of);
  for (int o = outputs.begin; o < outputs.end; ++o) {
    float sum = weights[layout.bias(o)];
    for (int i = 0; i < of.inputs; ++i) sum = fused(in[i], weights[layout.weight(o, 0, 0, i)], sum);
    out[o] = finish(of.post, sum, residual, static_cast<std::size_t>(o));
  }
}

}  // namespace cleave::kernels::reference
#endif
