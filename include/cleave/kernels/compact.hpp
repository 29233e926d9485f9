// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_COMPACT_HPP
#define CLEAVE_KERNELS_COMPACT_HPP

/// @file
/// Convolution, depthwise convolution and dense layers where flash is scarcer than time: one function for all shapes of
/// a program, which reads them while it runs. It adds up in the order of the fast kernels, so bits are theirs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <cleave/core/shape.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/taps.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels::compact {

/// The numbers of a `conv2d_shape`, in 40 bytes. A dense layer is a convolution of one pixel.
struct window_layer {
  std::uint16_t in_height;
  std::uint16_t in_width;
  std::uint16_t in_channels;
  std::uint16_t out_width;
  std::uint16_t out_pixel;
  std::uint16_t kernel_height;
  std::uint16_t kernel_width;
  std::uint16_t stride_height;
  std::uint16_t stride_width;
  std::uint16_t dilation_height;
  std::uint16_t dilation_width;
  std::uint16_t pad_top;
  std::uint16_t pad_left;
  std::uint16_t inputs;   ///< of a group
  std::uint16_t outputs;  ///< of a group
  std::uint16_t groups;
  float least;
  float greatest;
};

/// A dense layer's shape as a convolution's.
constexpr conv2d_shape as_convolution(const dense_shape& of) noexcept {
  conv2d_shape made{};
  made.in = {1, 1, of.inputs};
  made.out = {1, 1, of.outputs};
  made.kernel = 1;
  made.post = of.post;
  return made;
}

/// True for shapes whose numbers fit a `window_layer`.
constexpr bool fits(const conv2d_shape& of) noexcept {
  const int most = std::max({of.in.height, of.in.width, of.in.channels, of.out.width, of.out_pixel(), of.kernel.height,
                             of.kernel.width, of.stride.height, of.stride.width, of.dilation.height, of.dilation.width,
                             of.pad.top, of.pad.left, of.groups});
  return most <= std::numeric_limits<std::uint16_t>::max() && of.pad.top >= 0 && of.pad.left >= 0;
}

/// Activations that are two bounds, and so need no code of their own.
constexpr bool is_bounds(activation post) noexcept {
  return post.kind == activation_kind::none || post.kind == activation_kind::relu || post.kind == activation_kind::clip;
}
/// What remains to be applied beside bounds.
constexpr activation beside_bounds(activation post) noexcept { return is_bounds(post) ? activation{} : post; }

constexpr window_layer window_layer_of(const conv2d_shape& of) noexcept {
  constexpr auto small = [](int number) { return static_cast<std::uint16_t>(number); };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const bool clips = of.post.post.kind == activation_kind::clip;
  const bool is_relu = of.post.post.kind == activation_kind::relu;
  return {small(of.in.height),
          small(of.in.width),
          small(of.in.channels),
          small(of.out.width),
          small(of.out_pixel()),
          small(of.kernel.height),
          small(of.kernel.width),
          small(of.stride.height),
          small(of.stride.width),
          small(of.dilation.height),
          small(of.dilation.width),
          small(of.pad.top),
          small(of.pad.left),
          small(of.group_inputs()),
          small(of.group_outputs()),
          small(of.groups),
          clips     ? of.post.post.alpha + 0.0F
          : is_relu ? 0.0F
                    : -infinity,
          clips ? of.post.post.beta + 0.0F : infinity};
}

namespace detail {

/// What an epilogue makes of a sum; the residual is at the output's place, null where there is none.
template <activation Post, pack Pack>
[[gnu::always_inline]] inline void finish(const window_layer& of, Pack sum, const float* residual, float* out,
                                          std::ptrdiff_t at) noexcept {
  if (residual != nullptr) sum = sum + Pack::load(residual + at);
  sum = min(Pack::fill(of.greatest), max(Pack::fill(of.least), sum));
  apply<Post>(sum).store(out + at);
}

/// Taps of a window on the input, and its first tap's place.
struct window {
  range rows;
  range columns;
  std::ptrdiff_t corner;
};

[[gnu::noinline]] inline window window_at(const window_layer& of, int y, int x) noexcept {
  const int top = y * of.stride_height - of.pad_top;
  const int left = x * of.stride_width - of.pad_left;
  return {taps_inside(top, of.kernel_height, of.dilation_height, of.in_height),
          taps_inside(left, of.kernel_width, of.dilation_width, of.in_width),
          (static_cast<std::ptrdiff_t>(top) * of.in_width + left) * of.in_channels};
}

/// Adds the products of `length` inputs that lie behind each other. A function of its own: its loop has all registers.
template <int Together, pack Pack>
[[gnu::noinline]] void add_run(Pack* sums, const float* from, const float* weight, int length, int width) noexcept {
  constexpr auto together = static_cast<std::size_t>(Together);
  Pack sum[together];
  static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) { sum[Index] = sums[Index]; });
  for (; length > 0; --length, weight += width) {
    const Pack input = Pack::load(from++);
    static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) {
      sum[Index] = fma(input, Pack::load(weight + Index), sum[Index]);
    });
  }
  static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) { sums[Index] = sum[Index]; });
}

}  // namespace detail

/// Rows of a convolution, of the channels `outputs` of each group, with weights in the layout `blocked`.
/// Requires: `outputs.begin` is a multiple of 16; `Post` is what remains beside bounds.
template <activation Post, pack Pack>
[[gnu::noinline]] void conv2d(const window_layer& of, const float* in, const float* weights, const float* residual,
                              float* out, range rows, range outputs) noexcept {
  static_assert(Pack::lanes == 1);
  constexpr int least = 4;  // blocks are filled up to multiples of it
  const std::ptrdiff_t steps = of.kernel_height * of.kernel_width * of.inputs;
  const int padded = ceil_div(of.outputs, least) * least;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(of.dilation_height) * of.in_width * of.in_channels;
  const std::ptrdiff_t column = of.dilation_width * of.in_channels;
  for (int group = 0; group < of.groups; ++group) {
    const float* const of_group = weights + group * (padded * steps);
    const float* const biases = weights + of.groups * (padded * steps) + group * padded;
    for (int o = outputs.begin, together = 0; o < outputs.end; o += together) {
      const int in_block = o % block_width;
      const int width = std::min(block_width, padded - (o - in_block));
      together = width == block_width ? block_width : least;
      const int stored = std::min(together, of.outputs - o);
      const float* const panel = of_group + ((o - in_block) * steps + in_block);
      for (int y = rows.begin; y < rows.end; ++y) {
        for (int x = 0; x < of.out_width; ++x) {
          const detail::window at = detail::window_at(of, y, x);
          Pack sum[block_width];
          for (int k = 0; k < together; ++k) sum[k] = Pack::load(biases + o + k);
          for (int ky = at.rows.begin; ky < at.rows.end; ++ky) {
            const float* from = in + (at.corner + ky * row + at.columns.begin * column + group * of.inputs);
            const float* weight =
                panel + (ky * of.kernel_width + at.columns.begin) * static_cast<std::ptrdiff_t>(of.inputs) * width;
            // Where the inputs of neighbouring columns lie behind each other, as their weights do, they are one run.
            const bool one_run = column == of.inputs;
            const int length = one_run ? of.inputs * at.columns.size() : of.inputs;
            for (int runs = one_run ? 1 : at.columns.size(); runs > 0; --runs) {
              if (width == block_width) detail::add_run<block_width>(sum, from, weight, length, width);
              else detail::add_run<least>(sum, from, weight, length, width);
              from += column;
              weight += length * width;
            }
          }
          const std::ptrdiff_t to =
              (static_cast<std::ptrdiff_t>(y) * of.out_width + x) * of.out_pixel + group * of.outputs + o;
          for (int k = 0; k < stored; ++k) detail::finish<Post>(of, sum[k], residual, out, to + k);
        }
      }
    }
  }
}

/// Rows of a depthwise convolution, with weights in the layout `depthwise_weights`. Requires: as `conv2d`.
template <activation Post, pack Pack>
[[gnu::noinline]] void depthwise(const window_layer& of, const float* in, const float* weights, const float* residual,
                                 float* out, range rows) noexcept {
  static_assert(Pack::lanes == 1);
  const std::ptrdiff_t channels = of.groups * of.outputs;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(of.dilation_height) * of.in_width * of.in_channels;
  const std::ptrdiff_t column = of.dilation_width * of.in_channels;
  const float* const biases = weights + of.kernel_height * of.kernel_width * channels;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out_width; ++x) {
      const detail::window at = detail::window_at(of, y, x);
      const float* first = in + (at.corner + at.rows.begin * row + at.columns.begin * column);
      const float* first_weight = weights + (at.rows.begin * of.kernel_width + at.columns.begin) * channels;
      for (int channel = 0, left = of.outputs; channel < channels; ++channel, ++first_weight) {
        Pack sum = Pack::load(biases + channel);
        const float* from_row = first;
        const float* weight_row = first_weight;
        for (int ky = at.rows.size(); ky > 0; --ky, from_row += row, weight_row += of.kernel_width * channels) {
          const float* from = from_row;
          const float* weight = weight_row;
          for (int kx = at.columns.size(); kx > 0; --kx, from += column, weight += channels) {
            sum = fma(Pack::load(from), Pack::load(weight), sum);
          }
        }
        if (--left == 0) ++first, left = of.outputs;
        const std::ptrdiff_t to = (static_cast<std::ptrdiff_t>(y) * of.out_width + x) * channels + channel;
        detail::finish<Post>(of, sum, residual, out, to);
      }
    }
  }
}

}  // namespace cleave::kernels::compact
#endif
