// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_WEIGHTED_CASE_HPP
#define CLEAVE_TESTS_KERNELS_WEIGHTED_CASE_HPP

/// @file
/// Runs a kernel with weights against its reference. Shapes are template arguments of kernels and plain data for
/// references, so a table of shapes becomes a table of functions.

#include <array>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "check_rows.hpp"

namespace cleave_test {

using weighted_kernel = void (*)(const float* in, const float* weights, const float* residual, float* out,
                                 cleave::range rows) noexcept;
using weighted_reference = void (*)(const cleave::kernels::conv2d_shape& of, const float* in, const float* weights,
                                    const float* residual, float* out, cleave::range rows) noexcept;

/// A convolution over `in` with `channels` outputs, the output size that follows, and padding made explicit.
constexpr cleave::kernels::conv2d_shape convolution(cleave::shape in, int channels, cleave::extent kernel,
                                                    cleave::padding pad = 0, cleave::extent stride = 1,
                                                    cleave::extent dilation = 1, int groups = 1,
                                                    cleave::epilogue post = {}) {
  const auto fit = [](int size, int taps, int step, int spread, int around) {
    return (size + around - ((taps - 1) * spread + 1)) / step + 1;
  };
  const int height = fit(in.height, kernel.height, stride.height, dilation.height, pad.top + pad.bottom);
  const int width = fit(in.width, kernel.width, stride.width, dilation.width, pad.left + pad.right);
  return {in, {height, width, channels}, kernel, stride, dilation, pad, groups, post};
}

constexpr cleave::epilogue relu{false, {cleave::activation_kind::relu}};
constexpr cleave::epilogue residual{true, {}};

/// Random weights of a layer with `floats` floats. Those that `is_weight` refuses fill up blocks: they are NaN, for
/// they must not reach any output.
template <class IsWeight>
std::vector<float> weights_of(std::size_t floats, IsWeight is_weight) {
  std::vector<float> weights = numbers(floats, 2, false);
  for (std::size_t i = 0; i < floats; ++i) {
    if (!is_weight(i)) weights[i] = std::numeric_limits<float>::quiet_NaN();
  }
  return weights;
}

/// Marks the places that a blocked layout uses.
inline std::vector<bool> used_places(const cleave::kernels::blocked_layout& layout) {
  std::vector<bool> used(layout.floats());
  for (int o = 0; o < layout.outputs * layout.groups; ++o) {
    used[layout.bias(o)] = true;
    for (int y = 0; y < layout.kernel.height; ++y) {
      for (int x = 0; x < layout.kernel.width; ++x) {
        for (int i = 0; i < layout.inputs; ++i) used[layout.weight(o, y, x, i)] = true;
      }
    }
  }
  return used;
}

/// Checks one shape over all rows and parts of them; with a residual also where that is the output itself.
inline void check_weighted(const cleave::kernels::conv2d_shape& of, const std::vector<float>& weights,
                           weighted_kernel kernel, weighted_reference reference) {
  const std::vector<float> in = numbers(of.in.size(), 1, false);
  const std::vector<float> added = numbers(of.out.size(), 3, false);
  const float* const other = of.post.residual ? added.data() : nullptr;
  CAPTURE(of.in.height);
  CAPTURE(of.in.width);
  CAPTURE(of.in.channels);
  CAPTURE(of.kernel.height);
  CAPTURE(of.kernel.width);
  CAPTURE(of.stride.width);
  CAPTURE(of.dilation.width);
  CAPTURE(of.groups);
  check_rows<float>(
      of.out, [&](float* out, cleave::range rows) { kernel(in.data(), weights.data(), other, out, rows); },
      [&](float* out, cleave::range rows) { reference(of, in.data(), weights.data(), other, out, rows); });
  if (!of.post.residual) return;
  check_rows<float>(
      of.out, [&](float* out, cleave::range rows) { kernel(in.data(), weights.data(), out, out, rows); },
      [&](float* out, cleave::range rows) { reference(of, in.data(), weights.data(), out, out, rows); }, added.data());
}

}  // namespace cleave_test
#endif
