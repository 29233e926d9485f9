// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_PRODUCTS_HPP
#define CLEAVE_KERNELS_CONV2D_PRODUCTS_HPP

/// @file
/// The innermost loops of a convolution: what a row of the kernel adds to the sums of a tile. Three ways to the same
/// sums in the same order, of which the pack's abilities choose: inputs spread over a register each, inputs four to a
/// register and used lane by lane, and operands that come by pointers which move on with every load.

#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tiling.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels::detail {

/// Distances in floats, and facts, that follow from a shape.
template <conv2d_shape Shape>
struct conv2d_steps {
  static constexpr std::ptrdiff_t inputs = Shape.group_inputs();
  static constexpr std::ptrdiff_t kernel_width = Shape.kernel.width;
  static constexpr std::ptrdiff_t pixel = static_cast<std::ptrdiff_t>(Shape.stride.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t column = static_cast<std::ptrdiff_t>(Shape.dilation.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = static_cast<std::ptrdiff_t>(Shape.in.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t row = Shape.dilation.height * in_row;
  static constexpr std::ptrdiff_t out_pixel = Shape.out_pixel();
  /// Products of an output.
  static constexpr auto steps = static_cast<std::ptrdiff_t>(blocked(Shape).steps());
  /// Neighbouring kernel columns' inputs lie behind each other, as their weights do.
  static constexpr bool contiguous = column == inputs;
};

/// Loops over the products of some kernel columns in one row, `By` at a time, which divides a pixel's inputs:
/// `step(in, weights_step)` for each.
template <conv2d_shape Shape, std::ptrdiff_t By = 1, class Step>
[[gnu::always_inline]] inline void for_each_product(const float* in, std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                    Step&& step) noexcept {
  using at = conv2d_steps<Shape>;
  if constexpr (at::contiguous) {
    for (std::ptrdiff_t i = 0; i < columns * at::inputs; i += By) step(in + i, first_step + i);
  } else {
    for (std::ptrdiff_t column = 0; column < columns; ++column) {
      const float* const from = in + column * at::column;
      const std::ptrdiff_t begin = first_step + column * at::inputs;
      for (std::ptrdiff_t i = 0; i < at::inputs; i += By) step(from + i, begin + i);
    }
  }
}

/// The limits of a convolution's tiles.
template <conv2d_shape Shape, pack Pack>
constexpr tile_limits conv2d_limits() noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  // Without a fused multiply-add, the product needs a register of its own.
  tile_limits limits{Pack::registers - (Pack::fused ? 0 : 1), tile_operands::spread, block_width / lanes};
  if (lane_pack<Pack> && Shape.group_inputs() % lanes == 0) limits.operands = tile_operands::lanes;
  else if (stream_pack<Pack>) limits.operands = tile_operands::streams;
  return limits;
}

/// True where a call's weights are too many for a second level cache, so that each chunk's come from farther away:
/// tiles then ask for the next chunk's while they compute, a line every 16 products (5 % less time for 512 -> 512
/// channels @14x14, AVX2).
template <conv2d_shape Shape, pack Pack>
inline constexpr bool asks_ahead = conv2d_limits<Shape, Pack>().operands == tile_operands::spread &&
                                   !single_issue<Pack> && Shape.kernel != extent(1) && blocked(Shape).floats() > 500000;

/// What a run of taps is: `Count` pixels by the vectors of a chunk.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, std::size_t Count>
struct conv2d_run {
  using at = conv2d_steps<Shape>;
  using weights_type = chunk_weights<blocked(Shape), Pack, Chunk>;
  static constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  static constexpr auto lanes = static_cast<std::ptrdiff_t>(Pack::lanes);

  /// A pixel's inputs fill whole registers, whose lanes can be used.
  static constexpr bool by_lanes = conv2d_limits<Shape, Pack>().operands == tile_operands::lanes;
  /// The weights of a step are all of a block's, so that one pointer goes through all.
  static constexpr bool by_streams = stream_pack<Pack> && Chunk.together && Chunk.first == channel_chunk::anywhere &&
                                     Chunk.width == Chunk.vectors * lanes && Chunk.loaded == lanes &&
                                     Chunk.stored == lanes;

  /// Inputs four to a register.
  [[gnu::always_inline]] static void add_by_lanes(Pack* sum, const float* in, const weights_type& weights,
                                                  std::ptrdiff_t first_step, std::ptrdiff_t columns) noexcept {
    for_each_product<Shape, lanes>(
        in, first_step, columns, [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
          Pack input[Count];
          static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            input[Pixel] = Pack::load(x + static_cast<std::ptrdiff_t>(Pixel) * at::pixel);
          });
          static_for<Pack::lanes>([&]<std::size_t Lane>() __attribute__((always_inline)) {
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              const Pack weight = weights.template load<Vector>(step + static_cast<std::ptrdiff_t>(Lane));
              static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
                Pack& to = sum[Pixel * vectors + Vector];
                to = input[Pixel].template fma_lane<Lane>(weight, to);
              });
            });
          });
        });
  }

  /// A pointer for each pixel's inputs and one for all weights.
  [[gnu::always_inline]] static void add_by_streams(Pack* sum, const float* in, const weights_type& weights,
                                                    std::ptrdiff_t first_step, std::ptrdiff_t columns) noexcept {
    constexpr std::ptrdiff_t by = at::inputs % 16 == 0 ? 16 : at::inputs % 8 == 0 ? 8 : at::inputs % 4 == 0 ? 4 : 1;
    const float* weight = weights.vector[0] + first_step * Chunk.width;
    const float* input[Count];
    static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      input[Pixel] = in + static_cast<std::ptrdiff_t>(Pixel) * at::pixel;
    });
    const auto loop = [&](std::ptrdiff_t steps) __attribute__((always_inline)) {
      const float* const end = weight + steps * Chunk.width;
      while (weight != end) {
        static_for<static_cast<std::size_t>(by)>([&]<std::size_t>() __attribute__((always_inline)) {
          Pack x[Count];
          static_for<Count>([&]<std::size_t Pixel>()
                                __attribute__((always_inline)) { x[Pixel] = Pack::fill_next(input[Pixel]); });
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            const Pack w = Pack::load_next(weight);
            static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
              Pack& to = sum[Pixel * vectors + Vector];
              to = Pack::fma_next(x[Pixel], w, to);
            });
          });
        });
      }
    };
    if constexpr (at::contiguous) {
      loop(columns * at::inputs);
    } else {
      for (std::ptrdiff_t column = 0; column < columns; ++column) {
        loop(at::inputs);
        static_for<Count>([&]<std::size_t Pixel>()
                              __attribute__((always_inline)) { input[Pixel] += at::column - at::inputs; });
      }
    }
  }

  /// What remains to do with the sums, and to store them.
  [[gnu::always_inline]] static void finish_by_streams(const Pack* sum, const float* residual, float* out) noexcept {
    static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        Pack result = sum[Pixel * vectors + Vector];
        if constexpr (Shape.post.residual) result = result + Pack::load_next(residual);
        apply<Shape.post.post>(result).store_next(out);
      });
      out += at::out_pixel - Chunk.vectors * lanes;
      if constexpr (Shape.post.residual) residual += at::out_pixel - Chunk.vectors * lanes;
    });
  }

  /// Each input spread over a register.
  [[gnu::always_inline]] static void add_spread(Pack* sum, const float* in, const weights_type& weights,
                                                std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                [[maybe_unused]] const float* ahead) noexcept {
    for_each_product<Shape>(
        in, first_step, columns, [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
          if constexpr (asks_ahead<Shape, Pack>) __builtin_prefetch(ahead + step);
          // Where a pixel's input is its neighbour's a few steps later, g++ 12 would carry it over in a register and
          // spill the sums for it (141 in place of 220 GFLOP/s for 3 input channels, AVX-512). Loads are cheaper.
          if constexpr (at::pixel <= 8) asm volatile("" : : : "memory");
          // The shorter side of the tile waits in registers, the longer one comes through.
          if constexpr (vectors <= Count) {
            Pack weight[vectors];
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              weight[Vector] = weights.template load<Vector>(step);
            });
            static_for<Count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
              constexpr std::size_t pixel = Index / vectors;
              constexpr std::size_t vector = Index % vectors;
              const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(pixel) * at::pixel]);
              sum[Index] = fma(input, weight[vector], sum[Index]);
            });
          } else {
            Pack input[Count];
            static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
              input[Pixel] = Pack::fill(x[static_cast<std::ptrdiff_t>(Pixel) * at::pixel]);
            });
            static_for<Count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
              constexpr std::size_t pixel = Index % Count;
              constexpr std::size_t vector = Index / Count;
              Pack& to = sum[pixel * vectors + vector];
              to = fma(input[pixel], weights.template load<vector>(step), to);
            });
          }
        });
  }

  /// Adds the products of `columns` kernel columns, of which `in` is the first pixel's first input and `first_step` the
  /// place in the weights, to the sums of a run. Of the weights `ahead` those at the same places are asked for.
  [[gnu::always_inline]] static void add(Pack* sum, const float* in, const weights_type& weights,
                                         std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                         [[maybe_unused]] const float* ahead) noexcept {
    if constexpr (by_lanes) add_by_lanes(sum, in, weights, first_step, columns);
    else if constexpr (by_streams) add_by_streams(sum, in, weights, first_step, columns);
    else add_spread(sum, in, weights, first_step, columns, ahead);
  }
};

}  // namespace cleave::kernels::detail
#endif
