// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_OPERAND_HPP
#define CLEAVE_KERNELS_WINOGRAD_OPERAND_HPP

/// @file
/// The weights of a convolution in Winograd's form, as what tiles are multiplied with: transformed beforehand, or as
/// they are stored and transformed in each call. The transform in the call costs some 64 vector instructions for what
/// would be 36 vectors to read; where transformed weights fill no cache, reading a quarter of them is faster.

#include <algorithm>
#include <cstddef>
#include <utility>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/winograd_products.hpp>
#include <cleave/kernels/winograd_shape.hpp>
#include <cleave/kernels/winograd_transform.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels::detail {

/// Weights that `winograd_prepare` made.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
class winograd_prepared_operand {
 public:
  winograd_prepared_operand(const float* weights, float*) noexcept : weights_(weights) {}

  /// The products at all points of some tiles for `Blocks` blocks of outputs, from `first_block` of all groups' on.
  /// `from` are the tiles' inputs from the group's first chunk.
  template <int Blocks>
  void multiply(const float* from, int first_block, float* to, int tiles, bool) const noexcept {
    constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
    constexpr std::ptrdiff_t line_of_all = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
    constexpr std::ptrdiff_t panel = Blocks * line_of_all;
    constexpr int last = Shape.groups * ceil_div(Shape.group_outputs(), block_width) - Blocks;
    const winograd_product of{memory.chunk, Shape.group_inputs(), line_of_all};
    const float* weights = weights_ + first_block * Tiling.points() * line_of_all;
    for (int point = 0; point < Tiling.points(); ++point) {
      // Behind the last weights the next round begins.
      const float* const ahead = point + 1 == Tiling.points() && first_block == last ? weights_ : weights + panel;
      winograd_multiply<Pack, Blocks>(of, from, weights, to, ahead, tiles, [] {});
      from += memory.input_point;
      weights += panel;
      to += memory.output_point;
    }
  }

 private:
  const float* weights_;
};

/// Weights of some input channels and `Blocks` blocks of outputs to their points, [point][input][channel]. A unit is an
/// input by a block of outputs, blocks first; `weights` are at the first unit's first tap.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Blocks>
[[gnu::noinline]] void winograd_transform_weights(const float* weights, int inputs, range units, float* to) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t tap = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).weight_point;
  for (int unit = units.begin; unit < units.end; ++unit) {
    const int block = unit / inputs;
    const int input = unit % inputs;
    const float* const kernels = weights + block * 9 * tap + input * block_width;
    float* const line = to + (input * Blocks + block) * block_width;
    for_each_vector<block_width, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const float* const from = kernels + channel;
      float* const points = line + channel;
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        const float* const weight = from + static_cast<std::ptrdiff_t>(y * 3 + x) * tap;
        // The part after this one follows it in memory, in as many short runs as there are taps and blocks.
        __builtin_prefetch(weight + Tiling.inputs * block_width);
        return Pack::load(weight);
      };
      const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
        value.store(points + static_cast<std::ptrdiff_t>(y * side + x) * point);
      };
      winograd_kernel<Tiling.edge, Pack>(load, store);
    });
  }
}

/// Weights as they are stored, which a call transforms part by part: those of `Tiling.inputs` input channels and
/// as many blocks of outputs as are computed together. While one part is multiplied the next one is made, in between,
/// so that its stores wait for no cache.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
class winograd_plain_operand {
  static constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  static constexpr int together = memory.blocks;
  static constexpr std::ptrdiff_t block = 9 * static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  static constexpr int blocks = Shape.groups * (Shape.group_outputs() / block_width);

 public:
  winograd_plain_operand(const float* weights, float* scratch) noexcept
      : weights_(weights), now_(scratch + memory.weights), next_(now_ + Tiling.points() * memory.weight_point) {
    transform(weights, inputs_from(0), {0, inputs_from(0) * together}, now_);
  }

  /// As of `winograd_prepared_operand`. `ends`: nothing is multiplied after this.
  template <int Blocks>
  void multiply(const float* from, int first_block, float* to, int tiles, bool ends) noexcept {
    static_assert(Blocks == together);
    for (int input = 0; input < Shape.group_inputs(); input += Tiling.inputs) {
      const bool more_inputs = input + Tiling.inputs < Shape.group_inputs();
      const int next_input = more_inputs ? input + Tiling.inputs : 0;
      const int next_block = more_inputs ? first_block : (first_block + Blocks) % blocks;
      const float* const next = weights_ + next_block * block + next_input * block_width;
      const int units = ends && !more_inputs ? 0 : inputs_from(next_input) * Blocks;
      const int inputs = inputs_from(next_input);
      const int share = ceil_div(units, Tiling.points() * winograd_register_tile<Pack>::parts(tiles, Blocks));
      int unit = 0;
      const auto transform_some = [=, &unit, to = next_] {
        const int end = std::min(unit + share, units);
        transform(next, inputs, {unit, end}, to);
        unit = end;
      };
      const winograd_product of{memory.chunk, inputs_from(input), 0, input > 0};
      const float* in = from + input / block_width * memory.chunk;
      const float* weights = now_;
      float* out = to;
      for (int point = 0; point < Tiling.points(); ++point) {
        winograd_multiply<Pack, Blocks>(of, in, weights, out, weights, tiles, transform_some);
        in += memory.input_point;
        weights += memory.weight_point;
        out += memory.output_point;
      }
      std::swap(now_, next_);
    }
  }

 private:
  static constexpr auto transform = winograd_transform_weights<Shape, Tiling, Pack, together>;
  /// Inputs of the part that begins with this one.
  static constexpr int inputs_from(int input) noexcept { return std::min(Tiling.inputs, Shape.group_inputs() - input); }

  const float* weights_;
  float* now_;
  float* next_;
};

}  // namespace cleave::kernels::detail
#endif
