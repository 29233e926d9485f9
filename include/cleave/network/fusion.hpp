// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_FUSION_HPP
#define CLEAVE_NETWORK_FUSION_HPP

/// @file
/// Which neighbouring layers one kernel computes together: a convolution, dense layer or sum takes a following sum and
/// activation into its epilogue when nothing else needs the value between, and a convolution in Winograd's form a 2x2
/// max pooling behind them. The bits are those of the layers one by one.

#include <cstddef>

#include <cleave/core/activation.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/network/numeric_policy.hpp>

namespace cleave {

/// True for activations cheap enough to be computed on a register tile before it is stored.
constexpr bool fits_epilogue(activation_kind kind) noexcept {
  return kind == activation_kind::relu || kind == activation_kind::clip || kind == activation_kind::leaky_relu ||
         kind == activation_kind::hard_sigmoid || kind == activation_kind::hard_swish;
}

/// True for a pooling that takes the largest of each 2x2 elements, and all of them.
constexpr bool halves_by_maximum(const node& of) noexcept {
  return of.what.kind == op::max_pool && of.what.kernel == extent(2) && of.what.stride == extent(2) &&
         of.what.dilation == extent(1) && of.pad == padding(0) && of.in.height == 2 * of.out.height &&
         of.in.width == 2 * of.out.width;
}

/// Nodes [first, end) that one kernel computes.
struct fused_group {
  std::size_t first = 0;
  std::size_t end = 0;
  int residual = -1;   ///< the input of the group's sum that the group does not make itself, or -1
  activation post{};   ///< of what the layers before make, `none` where they have no activation
  bool pools = false;  ///< a 2x2 max pooling ends the group

  constexpr epilogue post_processing() const noexcept { return {residual >= 0, post, pools}; }
};

/// The group that starts at node `first` and stays before node `end`. With `fuse` false it is the node alone.
template <class Graph>
constexpr fused_group group_at(const Graph& graph, std::size_t first, std::size_t end, bool fuse = true,
                               numeric_policy numerics = numeric_policy::in_order) noexcept {
  fused_group group{first, first + 1, -1, {}};
  const op kind = graph.nodes[first].what.kind;
  const bool multiplies =
      kind == op::conv2d || kind == op::depthwise_conv2d || kind == op::locally_connected2d || kind == op::dense;
  if (!fuse || (!multiplies && kind != op::add)) return group;

  const auto only_next_reads = [&](std::size_t index) {
    const node& made = graph.nodes[index];
    return index + 1 < end && made.last_use == static_cast<int>(index) + 1 && !made.holds_output;
  };
  if (multiplies && only_next_reads(first) && graph.nodes[first + 1].what.kind == op::add) {
    const node& sum = graph.nodes[first + 1];
    const bool is_first = sum.inputs[0] == static_cast<int>(first);
    const int other = is_first ? sum.inputs[1] : sum.inputs[0];
    if (other != static_cast<int>(first) && graph.nodes[static_cast<std::size_t>(other)].out == sum.out &&
        graph.nodes[first].out == sum.out) {
      group.residual = other;
      group.end = first + 2;
    }
  }
  if (only_next_reads(group.end - 1)) {
    const node& next = graph.nodes[group.end];
    if (next.inputs[0] == static_cast<int>(group.end) - 1 && fits_epilogue(next.what.function.kind)) {
      group.post = next.what.function;
      ++group.end;
    }
  }
  if (winograd_of(graph.nodes[first], numerics).edge > 0 && only_next_reads(group.end - 1)) {
    const node& next = graph.nodes[group.end];
    if (next.inputs[0] == static_cast<int>(group.end) - 1 && halves_by_maximum(next)) {
      group.pools = true;
      ++group.end;
    }
  }
  return group;
}

/// Where a group's result is written: into channels of a concatenation's output, or with `node` -1 where it is alone.
struct written_into {
  int node = -1;  ///< the concatenation
  int channel = 0;
};

/// The place among the channels of a concatenation that needs `group`'s result and is the only one to, before node
/// `end`. Convolutions can write there, so that nothing is left to copy.
template <class Graph>
constexpr written_into destination_of(const Graph& graph, const fused_group& group, std::size_t end) noexcept {
  const std::size_t made = group.end - 1;
  const node& result = graph.nodes[made];
  const node& first = graph.nodes[group.first];
  const bool depthwise = first.groups > 1 && first.groups == first.in.channels;
  if (first.what.kind != op::conv2d || depthwise || group.residual >= 0 || result.holds_output) return {};
  if (result.last_use < 0 || result.last_use >= static_cast<int>(end)) return {};
  const auto join_at = static_cast<std::size_t>(result.last_use);
  const node& join = graph.nodes[join_at];
  if (join.what.kind != op::concat || static_cast<axis>(join.what.integers[0]) != axis::channels) return {};
  int readers = 0;
  for (std::size_t index = group.end; index <= join_at; ++index) {
    const node& reader = graph.nodes[index];
    for (int k = 0; k < reader.what.arity; ++k) {
      const int source = reader.inputs[static_cast<std::size_t>(k)];
      readers += graph.nodes[static_cast<std::size_t>(source)].root == static_cast<int>(made) ? 1 : 0;
    }
  }
  written_into into{result.last_use, 0};
  for (int k = 0; readers == 1 && k < join.what.arity; ++k) {
    const int source = join.inputs[static_cast<std::size_t>(k)];
    if (source == static_cast<int>(made)) return into;
    into.channel += graph.nodes[static_cast<std::size_t>(source)].out.channels;
  }
  return {};
}

}  // namespace cleave
#endif
