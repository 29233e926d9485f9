// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_TILING_HPP
#define CLEAVE_KERNELS_CONV2D_TILING_HPP

/// @file
/// How a convolution is cut into register tiles, decided while compiling: how many pixels and channel vectors a tile
/// has, where a row's tiles lie, and which taps each of a tile's pixels has.

#include <algorithm>
#include <array>
#include <cstddef>

#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/taps.hpp>

namespace cleave::kernels {

/// Pixels of an output row by vectors of output channels.
struct tile_size {
  int pixels = 1;
  int vectors = 1;
};

/// How the inputs and weights of a tile come to its multiply-adds.
enum class tile_operands {
  spread,   ///< each input in a register of its own, by a load that spreads it
  lanes,    ///< as many inputs of a pixel in a register as it has lanes
  streams,  ///< as `spread`, by pointers that move on; the tile has all channels of a block of weights
};

/// What bounds a tile.
struct tile_limits {
  int registers = 16;
  tile_operands operands = tile_operands::spread;
  int block = 1;  ///< vectors in a block of weights

  /// Accumulators, the shorter side of the tile kept in registers, the longer side streamed through one. Lanes keep the
  /// inputs, and let two weights come.
  constexpr bool fits(int pixels, int wide) const noexcept {
    const int beside = operands == tile_operands::spread    ? (pixels < wide ? pixels : wide) + 1
                       : operands == tile_operands::streams ? pixels + 1
                                                            : pixels + 2;
    return pixels * wide + beside <= registers;
  }

  /// A step of a tile of T pixels and V vectors takes T * V multiply-adds and T + V loads. Cores of today do as many
  /// loads as multiply-adds in a cycle and need about eight independent chains of them; so the cost of a step is the
  /// largest of the three, with a little for every load, and for weights more, since they may come from the second
  /// level cache. Cores with NEON count by instructions, and by registers loaded: with lanes an input costs a quarter,
  /// and the load of a quad register costs a Cortex-A15 two.
  constexpr int step_cost(int pixels, int wide) const noexcept {
    const int products = pixels * wide;
    if (operands == tile_operands::lanes) return 4 * std::max(products + wide, 8) + pixels;
    if (operands == tile_operands::streams) return 4 * std::max(products + 2 * (pixels + wide), 8);
    return 4 * std::max({products, pixels + wide, 8}) + pixels + 3 * wide;
  }

  constexpr bool allows(int wide, int vectors) const noexcept {
    return operands != tile_operands::streams || wide == std::min(block, vectors);
  }
};

/// The tile for rows of `width` pixels with `vectors` channel vectors that costs least within `limits`.
constexpr tile_size choose_tile(tile_limits limits, int width, int vectors) noexcept {
  tile_size best;
  long best_cost = 0;
  for (int wide = 1; wide <= std::min(vectors, 8); ++wide) {
    if (!limits.allows(wide, vectors)) continue;
    for (int most = 1; most <= std::min(width, limits.registers); ++most) {
      if (!limits.fits(most, wide)) break;
      const int tiles = ceil_div(width, most);
      const int small = width / tiles;
      const int larger = width % tiles;  // this many tiles have one pixel more
      const auto row_cost = [&](int chains_wide) {
        return static_cast<long>(larger) * limits.step_cost(small + 1, chains_wide) +
               static_cast<long>(tiles - larger) * limits.step_cost(small, chains_wide);
      };
      const int rest = vectors % wide;
      const long cost = vectors / wide * row_cost(wide) + (rest > 0 ? row_cost(rest) : 0);
      if (best_cost == 0 || cost < best_cost) {
        best = {small + (larger > 0 ? 1 : 0), wide};
        best_cost = cost;
      }
    }
  }
  return best;
}

/// How the pixels of a row are computed, from left to right: `single_left` one by one, a tile of `left`, `inner_count`
/// tiles of `inner` that touch no padding, a tile of `right`, and `single_right` one by one. Single pixels are for
/// windows so large that tiles would need too many cases at the edges.
struct row_plan {
  int single_left = 0;
  int left = 0;
  int inner = 0;
  int inner_count = 0;
  int right = 0;
  int single_right = 0;
};

/// Pixels of a row whose windows lie within the input: [begin, end).
constexpr range inside_columns(const conv2d_shape& of) noexcept {
  const int reach = (of.kernel.width - 1) * of.dilation.width;
  const int begin = std::min(ceil_div(of.pad.left, of.stride.width), of.out.width);
  const int last = of.in.width - 1 - reach + of.pad.left;  // rightmost first tap, counted from the padding's edge
  const int end = last < 0 ? 0 : std::min(last / of.stride.width + 1, of.out.width);
  return {begin, std::max(begin, end)};
}

/// The pixels t of [0, pixels) from output column `x0` on that have tap `column`, as a range.
constexpr range pixels_with_tap(const conv2d_shape& of, int x0, int pixels, int column) noexcept {
  range with{pixels, 0};
  for (int t = 0; t < pixels; ++t) {
    const int x = (x0 + t) * of.stride.width - of.pad.left + column * of.dilation.width;
    if (x >= 0 && x < of.in.width) with = {std::min(with.begin, t), t + 1};
  }
  return with.begin < with.end ? with : range{0, 0};
}

/// Neighbouring kernel columns that the same pixels of a tile have.
struct tap_run {
  range columns;
  range pixels;
};

/// The runs of a tile. More than `most` are not listed, `count` then tells.
struct tap_runs {
  static constexpr int most = 8;
  std::array<tap_run, static_cast<std::size_t>(most)> run{};
  int count = 0;
};

constexpr tap_runs find_runs(const conv2d_shape& of, int x0, int pixels) noexcept {
  tap_runs runs;
  range last{0, 0};
  bool open = false;
  for (int column = 0; column < of.kernel.width; ++column) {
    const range with = pixels_with_tap(of, x0, pixels, column);
    if (open && with == last) {
      if (runs.count <= tap_runs::most) ++runs.run[static_cast<std::size_t>(runs.count - 1)].columns.end;
      continue;
    }
    open = with.size() > 0;
    last = with;
    if (!open) continue;
    if (runs.count < tap_runs::most) runs.run[static_cast<std::size_t>(runs.count)] = {{column, column + 1}, with};
    ++runs.count;
  }
  return runs;
}

/// The runs of a tile that touches no padding: all taps, all pixels.
constexpr tap_runs whole_run(const conv2d_shape& of, int pixels) noexcept {
  tap_runs runs;
  runs.run[0] = {{0, of.kernel.width}, {0, pixels}};
  runs.count = 1;
  return runs;
}

namespace detail {

/// As many tiles of one size as needed for pixels [begin, end), which touch no padding, the last of what is left.
constexpr row_plan plan_inside(range pixels, int most) noexcept {
  row_plan plan;
  if (pixels.size() == 0) return plan;
  plan.inner = ceil_div(pixels.size(), ceil_div(pixels.size(), most));
  plan.inner_count = pixels.size() / plan.inner;
  plan.right = pixels.size() % plan.inner;
  return plan;
}

/// Tiles over the whole row, those at the edges with what padding it has.
constexpr row_plan plan_edges(int width, int most) noexcept {
  row_plan plan;
  const int tiles = ceil_div(width, most);
  if (tiles <= 2) {
    plan.left = ceil_div(width, tiles);
    plan.right = width - plan.left;
    return plan;
  }
  // As even as it goes: what the inner tiles leave is halved between the edges. Of equals, larger ones at the edges,
  // which lack a pixel for the taps on padding.
  plan.inner_count = tiles - 2;
  for (int inner = ceil_div(width, tiles); inner > 0; --inner) {
    const int edges = width - plan.inner_count * inner;
    if (ceil_div(edges, 2) > most) break;
    if (std::min(inner, edges / 2) < std::min(plan.inner, plan.right)) continue;
    plan.inner = inner;
    plan.left = ceil_div(edges, 2);
    plan.right = edges / 2;
  }
  return plan;
}

}  // namespace detail

/// Cuts a row into tiles of at most `most` pixels.
constexpr row_plan plan_row(const conv2d_shape& of, int most) noexcept {
  const int width = of.out.width;
  const range inside = inside_columns(of);
  if (inside.size() == width) return detail::plan_inside(inside, most);
  const row_plan edges = detail::plan_edges(width, most);
  const bool inner_inside = edges.inner_count == 0 || (edges.left >= inside.begin && width - edges.right <= inside.end);
  const bool few_runs = find_runs(of, 0, edges.left).count <= tap_runs::most &&
                        find_runs(of, width - edges.right, edges.right).count <= tap_runs::most;
  if (inner_inside && few_runs) return edges;
  row_plan plan = detail::plan_inside(inside, most);
  plan.single_left = inside.begin;
  plan.single_right = width - inside.end;
  return plan;
}

}  // namespace cleave::kernels
#endif
