// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_DENSE_HPP
#define CLEAVE_KERNELS_DENSE_HPP

/// @file
/// Dense layers: a matrix by a vector, as fast as the weights arrive. Several blocks of outputs are computed at once,
/// so that their chains of multiply-adds hide each other's latency and several streams are read side by side. Matrices
/// that no second level cache holds are read in fewer streams and asked for ahead of time.

#include <algorithm>
#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/in_order.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

/// True for weights that come from the third level cache or from memory.
constexpr bool is_far(const dense_shape& of) noexcept { return blocked(of).floats() * sizeof(float) >= 1024 * 1024; }

/// Vectors of outputs at once. Eight chains keep two multiply-add units of latency four busy. Weights from memory come
/// fastest in four streams, a block of outputs each (9216 to 4096 on AVX-512: 2.8 ms, in eight streams 3.2 ms). Cores
/// that issue one instruction at a time take a block, whose weights need one pointer.
template <dense_shape Shape, pack Pack>
inline constexpr int dense_vectors = single_issue<Pack> ? block_width / static_cast<int>(Pack::lanes)
                                     : is_far(Shape)    ? std::min(8, 4 * block_width / static_cast<int>(Pack::lanes))
                                                        : 8;

/// How many inputs ahead far weights are asked for: 2 KiB of each stream.
inline constexpr std::ptrdiff_t dense_ahead = 32;

template <dense_shape Shape, pack Pack, channel_chunk Chunk>
[[gnu::noinline]] void dense_body(const float* in, const float* weights, const float* residual, float* out,
                                  int first) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  using of = channel_vectors<layout, Pack>;
  constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  const int output = first * of::lanes;
  const float* const biases = weights + layout.biases() + output;
  Pack sum[vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    sum[Vector] = load_bias<layout, Chunk, Pack, Vector>(biases);
  });
  [[maybe_unused]] const chunk_weights<layout, Pack, Chunk> from(weights, first);
  // Products of some inputs; with `Far`, the weights `distance` floats ahead are asked for.
  [[maybe_unused]] const auto add = [&]<bool Far>(std::ptrdiff_t begin, std::ptrdiff_t end,
                                                  [[maybe_unused]] std::ptrdiff_t distance)
      __attribute__((always_inline)) {
    for (std::ptrdiff_t i = begin; i < end; ++i) {
      const Pack input = Pack::fill(in[i]);
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        if constexpr (Far && Vector * Pack::lanes % block_width == 0) {
          const std::ptrdiff_t at = i * of::stride(Chunk, static_cast<int>(Vector)) + distance;
          __builtin_prefetch(reinterpret_cast<const char*>(from.vector[Vector]) + at * 4);
        }
        sum[Vector] = fma(input, from.template load<Vector>(i), sum[Vector]);
      });
    }
  };
  if constexpr (single_issue<Pack>) {
    const float* panel = weights + of::offset(first);
    add_in_order<in_order_loop{
        .steps = Shape.inputs, .vectors = Chunk.vectors, .loaded = Chunk.loaded, .weights = Chunk.width, .repeats = 4}>(
        in, panel, sum);
  } else if constexpr (is_far(Shape) && Shape.inputs > dense_ahead) {
    // Towards the end of the streams, what is ahead is the beginning of the next chunk's.
    constexpr std::ptrdiff_t near = Shape.inputs - dense_ahead;
    constexpr std::ptrdiff_t streams = std::max(1, Chunk.vectors * of::lanes / block_width);
    add.template operator()<true>(0, near, dense_ahead * block_width);
    add.template operator()<true>(near, Shape.inputs, ((streams - 1) * Shape.inputs + dense_ahead) * block_width);
  } else {
    add.template operator()<false>(0, Shape.inputs, 0);
  }
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int stored = of::stored(Chunk, static_cast<int>(Vector));
    const std::ptrdiff_t at = output + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    finish<Shape.post, stored>(sum[Vector], residual, out, at);
  });
}

}  // namespace detail

/// Computes outputs of a dense layer, with weights in the layout `blocked(Shape)`.
/// Requires: `outputs.begin` is a multiple of 16, and so is `outputs.end` or it is the number of outputs. Where the
/// epilogue adds a residual, it has as many elements as the output; it may be `out`. Otherwise it is not read.
template <dense_shape Shape, pack Pack>
void dense(const float* in, const float* weights, const float* residual, float* out, range outputs) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int at_once = detail::dense_vectors<Shape, Pack>;
  if (outputs == range{0, Shape.outputs}) {
    for_each_chunk<layout, Pack, at_once>([&]<channel_chunk Chunk>(int first) {
      detail::dense_body<Shape, Pack, Chunk>(in, weights, residual, out, first);
    });
    return;
  }
  if constexpr (Shape.outputs > block_width) {
    // A part of the outputs: what fills no chunk goes block by block.
    using of = channel_vectors<layout, Pack>;
    constexpr int full = Shape.outputs / block_width * block_width;
    constexpr int a_block = std::min(at_once, block_width / lanes);
    int first = outputs.begin / lanes;
    const int end = std::min(outputs.end, full) / lanes;
    if constexpr (full >= at_once * lanes) {
      for (; first + at_once <= end; first += at_once) {
        detail::dense_body<Shape, Pack, of::repeated(at_once)>(in, weights, residual, out, first);
      }
    }
    for (; first < end; first += a_block) {
      detail::dense_body<Shape, Pack, of::repeated(a_block)>(in, weights, residual, out, first);
    }
    if constexpr (full < Shape.outputs) {
      if (outputs.end <= full) return;
      constexpr int done = full / lanes;
      constexpr int rest = of::count - done;
      static_for<static_cast<std::size_t>(ceil_div(rest, a_block))>([&]<std::size_t Index>() {
        constexpr int from = done + static_cast<int>(Index) * a_block;
        detail::dense_body<Shape, Pack, of::at(from, std::min(a_block, of::count - from))>(in, weights, residual, out,
                                                                                           from);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
