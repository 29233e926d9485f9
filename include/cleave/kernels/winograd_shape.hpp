// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_SHAPE_HPP
#define CLEAVE_KERNELS_WINOGRAD_SHAPE_HPP

/// @file
/// Which convolutions are computed by Winograd's minimal filtering, and what memory that takes. All of it follows from
/// the shape alone, never from the pack: two ends of a link choose alike, and so have equal bits.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/weight_layout.hpp>

namespace cleave::kernels {

/// A 3x3 convolution computed in tiles of `edge` x `edge` outputs, F(edge x edge, 3 x 3) in Lavin and Gray, "Fast
/// algorithms for convolutional neural networks" (2015). Each tile reads a window of edge + 2 squared inputs, which
/// becomes as many points; at each point, inputs are multiplied with weights as in a 1x1 convolution.
struct winograd_tiling {
  int edge = 0;      ///< 4 or 2; 0: computed directly
  int high = 0;      ///< tiles
  int wide = 0;      ///< tiles in a row
  int together = 0;  ///< tiles that are computed at once

  constexpr int window() const noexcept { return edge + 2; }
  constexpr int points() const noexcept { return window() * window(); }
  constexpr int tiles() const noexcept { return high * wide; }
  constexpr bool operator==(const winograd_tiling&) const = default;
};

namespace detail {

/// Floats between the points of some tiles. One line more than needed: distances of a power of two would share the
/// few places that a cache has for them.
constexpr std::size_t winograd_stride(int together, int channels) noexcept {
  return static_cast<std::size_t>(together) * static_cast<std::size_t>(channels) + 16;
}

/// Enough tiles to use a loaded weight often, and a whole number of register tiles on every target.
inline constexpr int most_tiles_together = 16;

}  // namespace detail

/// The tiling with a given edge.
constexpr winograd_tiling winograd_tiles(const conv2d_shape& of, int edge) noexcept {
  const int high = ceil_div(of.out.height, edge);
  const int wide = ceil_div(of.out.width, edge);
  return {edge, high, wide, std::min(high * wide, detail::most_tiles_together)};
}

/// True for the convolutions that have a Winograd form here.
constexpr bool has_winograd(const conv2d_shape& of) noexcept {
  return of.kernel == extent(3) && of.stride == extent(1) && of.dilation == extent(1) && !is_depthwise(of) &&
         of.group_inputs() >= 8 && of.group_outputs() >= 8;
}

namespace detail {

/// Multiply-adds that take as long as a convolution in Winograd's form.
constexpr std::int64_t winograd_cost(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  const std::int64_t weights = static_cast<std::int64_t>(of.group_inputs()) * of.out.channels;
  // What an input and an output channel of a tile cost to transform, in loads, sums and stores.
  const std::int64_t transforms = tiling.points() * (6 * of.in.channels + 4 * of.out.channels);
  // Weights are loaded anew for every few tiles.
  const std::int64_t rounds = ceil_div(tiling.tiles(), tiling.together);
  return tiling.tiles() * (tiling.points() * weights + transforms) + rounds * 2 * tiling.points() * weights;
}

}  // namespace detail

/// How a network that permits Winograd computes a convolution: the edge that costs least, or 0 where the direct form
/// does. Edge 2 has the smaller error, but is never cheaper where it matters; it is there for those who ask for it.
constexpr winograd_tiling choose_winograd(const conv2d_shape& of) noexcept {
  if (!has_winograd(of)) return {};
  const winograd_tiling tiling = winograd_tiles(of, 4);
  const std::int64_t weights = static_cast<std::int64_t>(of.group_inputs()) * of.out.channels;
  const std::int64_t direct = static_cast<std::int64_t>(of.out.height) * of.out.width * 9 * weights + 2 * 9 * weights;
  return 10 * detail::winograd_cost(of, tiling) < 9 * direct ? tiling : winograd_tiling{};
}

/// The products at one point: a 1x1 convolution whose pixels are tiles.
constexpr conv2d_shape winograd_products(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return {{tiling.together, 1, of.in.channels}, {tiling.together, 1, of.out.channels}, 1, 1, 1, 0, of.groups, {}};
}

/// Where transformed weights lie, in floats: for each point, row by row, a blocked layout, its biases 0.
constexpr std::size_t winograd_weight_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(tiling.points()) * blocked(winograd_products(of, tiling)).floats();
}

/// Floats of memory that a call needs for tiles on their way.
constexpr std::size_t winograd_scratch_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(tiling.points()) * (detail::winograd_stride(tiling.together, of.in.channels) +
                                                      detail::winograd_stride(tiling.together, of.out.channels));
}

}  // namespace cleave::kernels
#endif
