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
  int inputs = 0;    ///< whose weights are transformed at a time in each call; 0: of all, once, by `winograd_prepare`
  int blocks = 0;    ///< of output channels, that are computed at once

  constexpr int window() const noexcept { return edge + 2; }
  constexpr int points() const noexcept { return window() * window(); }
  constexpr int tiles() const noexcept { return high * wide; }
  constexpr bool operator==(const winograd_tiling&) const = default;
};

namespace detail {

/// Memory of one round. Distances between points are a line more than needed: those of a power of two would share the
/// few places that a cache has for them.
struct winograd_buffers {
  int blocks = 0;                   ///< of outputs, that are computed together
  int chunks = 0;                   ///< runs of 16 input channels, over all groups
  std::ptrdiff_t chunk = 0;         ///< floats from one chunk of all tiles to the next: [tile][16]
  std::ptrdiff_t input_point = 0;   ///< from a point's inputs to the next point's: [chunk][tile][16]
  std::ptrdiff_t output_point = 0;  ///< from a point's outputs to the next point's: [tile][blocks * 16]
  std::ptrdiff_t outputs = 0;       ///< where the outputs begin; inputs begin at 0
  std::ptrdiff_t weight_point = 0;  ///< from a point's weights to the next point's: [input][blocks * 16]
  std::ptrdiff_t weights = 0;       ///< where weights begin that are transformed in the call
  std::ptrdiff_t floats = 0;
};

constexpr winograd_buffers winograd_memory(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  winograd_buffers made;
  made.blocks = tiling.blocks;
  made.chunks = of.groups * ceil_div(of.group_inputs(), block_width);
  made.chunk = static_cast<std::ptrdiff_t>(tiling.together) * block_width;
  made.input_point = made.chunks * made.chunk + block_width;
  made.output_point = made.blocks * made.chunk + block_width;
  made.outputs = tiling.points() * made.input_point;
  made.weights = made.outputs + tiling.points() * made.output_point;
  made.weight_point = tiling.inputs == 0 ? 0 : (tiling.inputs * made.blocks + 1) * block_width;
  // One part is multiplied while the next one is made.
  made.floats = made.weights + 2 * tiling.points() * made.weight_point;
  return made;
}

/// Floats of transformed inputs that a second level cache holds beside other things.
inline constexpr int winograd_input_floats = 320000;

/// Floats of transformed weights that no second level cache holds: every round reads them from farther away.
inline constexpr std::int64_t winograd_large_floats = 2000000;

/// Floats of transformed weights that are better not read: they come from memory, or from a third level cache that is
/// little faster. Where all tiles are computed together, each weight is transformed once a call, and fewer are too many
/// (AlexNet's last three convolutions: 3.2 to 2.8 ms, and 32 MB less).
inline constexpr std::int64_t winograd_far_floats = 4000000;
inline constexpr std::int64_t winograd_far_floats_used_once = 1500000;

/// Floats of transformed inputs, and of outputs, from which on a store would wait for its line. The lines of one tile
/// lie far apart, which no core foresees, so those of the next tile are asked for: a third less time to write outputs
/// of 1 MB and more, 3 % of the time of VGG-16.
inline constexpr std::ptrdiff_t winograd_far_inputs = 400000;
inline constexpr std::size_t winograd_far_outputs = 65536;

constexpr std::int64_t winograd_weights(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::int64_t>(tiling.points()) * of.group_inputs() * of.out.channels;
}

}  // namespace detail

/// The tiling with a given edge. Weights are read once for all tiles that are computed together, so these are as many
/// as the cache has room for, but not more than make weights' time negligible; all rounds have about the same number.
///
/// Two blocks of outputs are computed at once, and four where that is better: where tiles are few, for enough chains
/// of multiply-adds that do not wait for each other; where four are all, so that inputs are read once (8 % less time
/// for 64 -> 64 channels @224x224); and where rounds of many tiles read large weights (12 % for 256 -> 256 @56x56).
constexpr winograd_tiling winograd_tiles(const conv2d_shape& of, int edge) noexcept {
  winograd_tiling tiling{edge, ceil_div(of.out.height, edge), ceil_div(of.out.width, edge), 0};
  // Where weights are many, two register tiles: inputs, weights and products then fit together, for 7 to 14 % less
  // time.
  const int enough = of.in.channels >= 128 ? 28 : 56;
  const bool large = detail::winograd_weights(of, tiling) > detail::winograd_large_floats && tiling.tiles() > 56;
  const int most =
      large ? 98 : std::clamp(detail::winograd_input_floats / (tiling.points() * of.in.channels), 16, enough);
  tiling.together = ceil_div(tiling.tiles(), ceil_div(tiling.tiles(), most));
  const int blocks = ceil_div(of.group_outputs(), block_width);
  tiling.blocks = std::min(large || tiling.together <= 6 || blocks <= 4 ? 4 : 2, blocks);
  return tiling;
}

/// The same with weights that each call transforms, for some inputs at a time. Requires: `may_transform_in_call`.
constexpr winograd_tiling winograd_tiles_in_call(const conv2d_shape& of, int edge) noexcept {
  winograd_tiling tiling = winograd_tiles(of, edge);
  // To transform weights again costs more than to read inputs from farther away.
  tiling.together = ceil_div(tiling.tiles(), ceil_div(tiling.tiles(), 56));
  tiling.inputs = 32;
  tiling.blocks = std::min(4, ceil_div(of.group_outputs(), block_width));
  return tiling;
}

/// True where all blocks of outputs that are computed together are as many, and full.
constexpr bool may_transform_in_call(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return of.group_outputs() % (tiling.blocks * block_width) == 0;
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
  if (10 * detail::winograd_cost(of, tiling) >= 9 * direct) return {};
  const winograd_tiling in_call = winograd_tiles_in_call(of, 4);
  const bool used_once = in_call.together == in_call.tiles();
  const std::int64_t most = used_once ? detail::winograd_far_floats_used_once : detail::winograd_far_floats;
  return detail::winograd_weights(of, tiling) > most && may_transform_in_call(of, in_call) ? in_call : tiling;
}

/// Where a transformed weight lies, in floats: for each group, for all blocks of 16 output channels that are computed
/// together, [point][input][channel]: the order in which they are read. All blocks are of full width.
constexpr std::size_t winograd_weight(const conv2d_shape& of, const winograd_tiling& tiling, int point, int output,
                                      int input) noexcept {
  const int all = ceil_div(of.group_outputs(), block_width);
  const int own = output % of.group_outputs();
  const int together = tiling.blocks;
  const int first = own / block_width / together * together;
  const int width = std::min(together, all - first) * block_width;
  const auto inputs = static_cast<std::size_t>(of.group_inputs());
  const std::size_t before = static_cast<std::size_t>(output / of.group_outputs() * all + first) *
                             static_cast<std::size_t>(tiling.points()) * inputs * block_width;
  return before +
         (static_cast<std::size_t>(point) * inputs + static_cast<std::size_t>(input)) *
             static_cast<std::size_t>(width) +
         static_cast<std::size_t>(own - first * block_width);
}

/// Floats of prepared weights.
constexpr std::size_t winograd_weight_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(of.groups) * static_cast<std::size_t>(ceil_div(of.group_outputs(), block_width)) *
         static_cast<std::size_t>(tiling.points()) * static_cast<std::size_t>(of.group_inputs()) * block_width;
}

/// Floats of memory that a call needs for tiles on their way.
constexpr std::size_t winograd_scratch_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(detail::winograd_memory(of, tiling).floats);
}

}  // namespace cleave::kernels
#endif
