// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_POOL_HPP
#define CLEAVE_KERNELS_REFERENCE_POOL_HPP

/// @file
/// What pool.hpp and global_pool.hpp must compute, as plain loops.

#include <cstddef>
#include <limits>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/global_pool.hpp>
#include <cleave/kernels/pool.hpp>

namespace cleave::kernels::reference {

/// Maximum (`mean` false) or mean of each window.
constexpr void pool(const pool_shape& of, bool mean, const float* in, float* out, range rows) noexcept {
  const auto within = [](int value, int low, int high) { return value >= low && value < high; };
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        float greatest = -std::numeric_limits<float>::infinity();
        float sum = 0;
        int count = 0;
        for (int ky = 0; ky < of.kernel.height; ++ky) {
          for (int kx = 0; kx < of.kernel.width; ++kx) {
            const int row = y * of.stride.height - of.pad.top + ky * of.dilation.height;
            const int column = x * of.stride.width - of.pad.left + kx * of.dilation.width;
            const bool on_input = within(row, 0, of.in.height) && within(column, 0, of.in.width);
            const bool on_padding = within(row, -of.pad.top, of.in.height + of.pad.bottom) &&
                                    within(column, -of.pad.left, of.in.width + of.pad.right);
            if (on_input || (of.count_include_pad && on_padding)) ++count;
            if (!on_input) continue;
            const float tap = in[static_cast<std::size_t>((row * of.in.width + column) * of.in.channels + c)];
            greatest = tap > greatest ? tap : greatest;
            sum += tap;
          }
        }
        const float result = mean ? sum / static_cast<float>(count > 0 ? count : 1) : greatest + 0.0F;
        out[static_cast<std::size_t>((y * of.out.width + x) * of.out.channels + c)] = result;
      }
    }
  }
}

constexpr void max_pool(const pool_shape& of, const float* in, float* out, range rows) noexcept {
  pool(of, false, in, out, rows);
}

constexpr void average_pool(const pool_shape& of, const float* in, float* out, range rows) noexcept {
  pool(of, true, in, out, rows);
}

constexpr void global_pool(const global_pool_shape& of, bool mean, const float* in, float* out) noexcept {
  const int pixels = of.in.height * of.in.width;
  for (int c = 0; c < of.in.channels; ++c) {
    float greatest = -std::numeric_limits<float>::infinity();
    float sum = 0;
    for (int pixel = 0; pixel < pixels; ++pixel) {
      const float element = in[pixel * of.in.channels + c];
      greatest = element > greatest ? element : greatest;
      sum += element;
    }
    out[c] = mean ? sum / static_cast<float>(pixels) : greatest + 0.0F;
  }
}

constexpr void global_max_pool(const global_pool_shape& of, const float* in, float* out) noexcept {
  global_pool(of, false, in, out);
}

constexpr void global_average_pool(const global_pool_shape& of, const float* in, float* out) noexcept {
  global_pool(of, true, in, out);
}

}  // namespace cleave::kernels::reference
#endif
