// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_NODE_HPP
#define CLEAVE_GRAPH_NODE_HPP

/// @file
/// A layer in its place: inputs resolved to indices, shapes inferred, lifetimes known.

#include <array>
#include <cstddef>
#include <cstdint>

#include <cleave/layers/record.hpp>

namespace cleave {

/// How a layer's weights lie in a blob. Offsets are bytes from the start of the blob's data, multiples of 64.
struct weight_place {
  weight_layout_kind layout = weight_layout_kind::none;
  std::size_t floats = 0;
  std::size_t offset = 0;
  std::size_t line = 0;  ///< of the blob's table: the layer's number, unless the graph was reordered
};

/// One layer of a graph with everything that can be known about it while compiling.
struct node {
  layer_record what{};
  std::array<std::int16_t, max_inputs> inputs{};  ///< node indices; the first `what.arity` count
  shape in{};                                     ///< of the first input
  shape out{};
  dtype type = dtype::float32;
  padding pad{};   ///< resolved
  int groups = 1;  ///< resolved
  std::uint64_t multiply_adds = 0;
  weight_place weights{};

  /// The node whose memory holds this value: itself, or for layers that only rename memory the one they rename.
  std::int16_t root = 0;
  /// Of a root: the last node that reads this value under any name; -1 where none does.
  std::int16_t last_use = -1;
  /// This value is an answer of the network.
  bool is_output = false;
  /// Of a root: it, or a name of it, is an answer.
  bool holds_output = false;
};

/// What is wrong with a graph: the first defect found, or `layer` of -1.
struct defect {
  int layer = -1;
  op kind = op::input;
  int custom = -1;
  int arity = 0;
  std::array<shape, 2> received{};
  need needs = need::nothing;
};

/// True for layers that only give their input's memory another name or shape.
constexpr bool renames(op kind) noexcept {
  return kind == op::flatten || kind == op::reshape || kind == op::dropout || kind == op::output;
}

}  // namespace cleave
#endif
