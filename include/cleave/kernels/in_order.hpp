// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_IN_ORDER_HPP
#define CLEAVE_KERNELS_IN_ORDER_HPP

/// @file
/// Inner loops of convolutions and dense layers for cores that issue one instruction at a time (`single_issue` packs).
/// All that is not a multiply-add is lost time there: so few pointers move, once for several steps, an input is loaded
/// where it is used, and nothing is spilled. The order of summation is that of conv2d_tile.hpp, and so are the bits.

#include <algorithm>
#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/kernels/channel_chunk.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/conv2d_tile.hpp>
#include <cleave/kernels/conv2d_tiling.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// True for packs of vectors that multiply by a general register: inputs take none of the packs' registers.
template <pack Pack>
inline constexpr bool inputs_apart = Pack::lanes > 1 && requires(Pack a) { Pack::fma_scalar(0.0F, a, a); };

/// The tile that takes the fewest instructions for rows of `width` pixels with `vectors` channel vectors, of which a
/// block has `block_vectors`. A step of T pixels and V vectors takes T * V multiply-adds and T + V loads, so on the 32
/// registers of a Cortex-M4 6 * 4 takes 1.42 instructions for each multiply-add. Tiles stay within a block: then they
/// need one pointer for their weights.
constexpr tile_size choose_in_order_tile(int registers, bool inputs_apart, int width, int vectors,
                                         int block_vectors) noexcept {
  tile_size best;
  long best_cost = 0;
  for (int wide = 1; wide <= std::min(vectors, block_vectors); ++wide) {
    if (wide < vectors && block_vectors % wide != 0) continue;
    for (int most = 1; most <= std::min(width, registers); ++most) {
      // Sums, the shorter side of the tile kept in registers, the longer side streamed through one.
      if (most * wide + (inputs_apart ? 0 : std::min(most, wide)) + 1 > registers) break;
      const int tiles = ceil_div(width, most);
      const auto row_cost = [&](int chains_wide) {
        return static_cast<long>(width) * chains_wide + width + static_cast<long>(tiles) * (chains_wide + 1);
      };
      const int rest = vectors % wide;
      const long cost = vectors / wide * row_cost(wide) + (rest > 0 ? row_cost(rest) : 0);
      if (best_cost == 0 || cost < best_cost) {
        best = {ceil_div(width, tiles), wide};
        best_cost = cost;
      }
    }
  }
  return best;
}

namespace detail {

/// A loop over products: for each of `steps` inputs of each of some neighbouring pixels, a weight of each output.
struct in_order_loop {
  int steps = 1;
  int first = 0;  ///< of the tile's pixels
  int pixels = 1;
  int vectors = 1;
  int loaded = 1;              ///< lanes of the last vector that have weights
  std::ptrdiff_t apart = 1;    ///< floats from a pixel's inputs to the next pixel's
  std::ptrdiff_t weights = 1;  ///< floats from a step's weights to the next step's
  int repeats = 4;             ///< steps that the body of the loop has
};

/// Where the inputs of a loop come from: pointers that reach several pixels each. The offset of a load goes 255 bytes
/// back, and 1020 ahead to a register of the floating-point unit, 4095 to a general one.
template <in_order_loop Loop, pack Pack>
struct in_order_inputs {
  static constexpr std::ptrdiff_t back = 63;
  static constexpr std::ptrdiff_t reach = back + (inputs_apart<Pack> ? 1023 : 255);
  static constexpr auto pixels_each =
      static_cast<std::size_t>(1 + std::max(std::ptrdiff_t{0}, reach + 1 - Loop.repeats) / Loop.apart);
  static constexpr std::size_t pointers = (static_cast<std::size_t>(Loop.pixels) + pixels_each - 1) / pixels_each;

  const float* from[pointers];

  [[gnu::always_inline]] explicit in_order_inputs(const float* in) noexcept {
    static_for<pointers>([&]<std::size_t Index>() __attribute__((always_inline)) {
      from[Index] = in + (static_cast<std::ptrdiff_t>(Index * pixels_each) * Loop.apart + back);
    });
  }
  template <std::size_t Pixel, std::size_t Step>
  [[gnu::always_inline]] float load() const noexcept {
    constexpr auto pixel = static_cast<std::ptrdiff_t>(Pixel % pixels_each);
    return from[Pixel / pixels_each][pixel * Loop.apart + static_cast<std::ptrdiff_t>(Step) - back];
  }
  [[gnu::always_inline]] void advance(std::ptrdiff_t steps) noexcept {
    static_for<pointers>([&]<std::size_t Index>() __attribute__((always_inline)) {
      from[Index] += steps;
      // Compilers would split a pointer that they understand into one for each pixel.
      asm volatile("" : "+r"(from[Index]));
    });
  }
};

/// One step: its products of all pixels and vectors.
template <in_order_loop Loop, pack Pack, std::size_t Step, std::size_t Sums>
[[gnu::always_inline]] inline void in_order_step(const in_order_inputs<Loop, Pack>& inputs, const float* weights,
                                                 Pack (&sum)[Sums]) noexcept {
  constexpr auto pixels = static_cast<std::size_t>(Loop.pixels);
  constexpr auto vectors = static_cast<std::size_t>(Loop.vectors);
  const auto weight = [&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int lanes = Vector + 1 < vectors ? static_cast<int>(Pack::lanes) : Loop.loaded;
    constexpr std::ptrdiff_t at =
        static_cast<std::ptrdiff_t>(Step) * Loop.weights + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    return Pack::template load_first<lanes>(weights + at);
  };
  const auto add = [&]<std::size_t Pixel, std::size_t Vector>(float input, Pack factor) __attribute__((always_inline)) {
    Pack& to = sum[(static_cast<std::size_t>(Loop.first) + Pixel) * vectors + Vector];
    to = fma_scalar(input, factor, to);
  };
  // No load is moved ahead of what stands before it: there are no registers for it.
  const auto in_place = []() __attribute__((always_inline)) { asm volatile("" : : : "memory"); };
  in_place();
  if constexpr (vectors <= pixels && !inputs_apart<Pack>) {
    Pack held[vectors];
    static_for<vectors>([&]<std::size_t Vector>()
                            __attribute__((always_inline)) { held[Vector] = weight.template operator()<Vector>(); });
    static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      in_place();
      const float input = inputs.template load<Pixel, Step>();
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        add.template operator()<Pixel, Vector>(input, held[Vector]);
      });
    });
  } else {
    float held[pixels];
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { held[Pixel] = inputs.template load<Pixel, Step>(); });
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      in_place();
      const Pack factor = weight.template operator()<Vector>();
      static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
        add.template operator()<Pixel, Vector>(held[Pixel], factor);
      });
    });
  }
}

/// Adds all products of a loop. `in` is the first pixel's first input; `weights` moves behind those that were used.
template <in_order_loop Loop, pack Pack, std::size_t Sums>
[[gnu::always_inline]] inline void add_in_order(const float* in, const float*& weights, Pack (&sum)[Sums]) noexcept {
  constexpr int repeats = std::min(Loop.repeats, Loop.steps);
  in_order_inputs<Loop, Pack> inputs(in);
  const float* panel = weights;
  const auto some_steps = [&]<int Count>() __attribute__((always_inline)) {
    static_for<static_cast<std::size_t>(Count)>([&]<std::size_t Step>() __attribute__((always_inline)) {
      in_order_step<Loop, Pack, Step>(inputs, panel, sum);
    });
    panel += Count * Loop.weights;
    asm volatile("" : "+r"(panel));
    inputs.advance(Count);
  };
  for (int left = Loop.steps / repeats; left > 0; --left) some_steps.template operator()<repeats>();
  if constexpr (Loop.steps % repeats > 0) some_steps.template operator()<Loop.steps % repeats>();
  weights = panel;
}

/// What `conv2d_tiles` does for a tile, for a single-issue pack and outputs of one block.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::always_inline]] inline void conv2d_in_order_tile(const conv2d_place& place) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  using of = channel_vectors<layout, Pack>;
  constexpr channel_chunk chunk = Tile.chunk;
  static_assert(chunk.first == channel_chunk::anywhere && chunk.together, "a tile's outputs must be in one block");
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);
  constexpr std::ptrdiff_t column_weights = at::inputs * chunk.width;
  constexpr std::ptrdiff_t row_weights = at::kernel_width * column_weights;

  Pack sum[pixels * vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    const Pack bias = load_bias<layout, chunk, Pack, Vector>(place.biases);
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
  });

  const float* in = place.in + (place.corner + place.taps.begin * at::row);
  const float* row = place.weights + (of::offset(place.first_vector) + place.taps.begin * row_weights);
  for (int left = place.taps.size(); left > 0; --left, in += at::row, row += row_weights) {
    static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
      constexpr tap_run run = runs.run[Run];
      // Tiles at the edges are fewer than the others, and have several loops.
      constexpr in_order_loop loop{.steps = static_cast<int>(at::inputs) * (at::contiguous ? run.columns.size() : 1),
                                   .first = run.pixels.begin,
                                   .pixels = run.pixels.size(),
                                   .vectors = chunk.vectors,
                                   .loaded = chunk.loaded,
                                   .apart = at::pixel,
                                   .weights = chunk.width,
                                   .repeats = Tile.inside ? 4 : 2};
      const float* from = in + (run.columns.begin * at::column + run.pixels.begin * at::pixel);
      const float* weights = row + run.columns.begin * column_weights;
      if constexpr (at::contiguous) {
        add_in_order<loop>(from, weights, sum);
      } else {
        for (int columns = run.columns.size(); columns > 0; --columns, from += at::column) {
          add_in_order<loop>(from, weights, sum);
        }
      }
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      constexpr int stored = of::stored(chunk, static_cast<int>(Vector));
      constexpr std::ptrdiff_t offset =
          static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
      finish<Shape.post, stored>(sum[Pixel * vectors + Vector], place.residual, place.out, offset);
    });
  });
}

}  // namespace detail

}  // namespace cleave::kernels
#endif
