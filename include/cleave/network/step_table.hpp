// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_STEP_TABLE_HPP
#define CLEAVE_NETWORK_STEP_TABLE_HPP

/// @file
/// The steps of a range of nodes, made while compiling. Tables depend on the graph; the functions in them do not.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <cleave/graph/cut.hpp>
#include <cleave/network/kernel_of.hpp>
#include <cleave/network/plan.hpp>
#include <cleave/network/prepared_layout.hpp>
#include <cleave/network/step.hpp>

namespace cleave {

namespace detail {

/// One kernel call: some nodes, and which of a concatenation's inputs.
struct step_request {
  fused_group group{};
  int piece = 0;
  written_into into{};
};

/// Kernel calls for the nodes [begin, end): fused, and with `any_cut` also every layer of a group by itself. Without
/// it, what is concatenated is written in place where that can be.
template <class Graph>
struct step_requests {
  std::array<step_request, 2 * Graph::node_count + max_inputs * Graph::node_count> items{};
  std::size_t count = 0;

  constexpr step_requests(const Graph& graph, plan_request request) {
    for (std::size_t i = request.begin; i < request.end;) {
      const fused_group group = group_at(graph, i, request.end, true, request.numerics);
      add(graph, group, request.any_cut ? written_into{} : destination_of(graph, group, request.end));
      if (request.any_cut && group.end - group.first > 1) {
        // For a cut before the pooling, what is before it.
        if (group.pools && group.end - group.first > 2) add(graph, group_at(graph, i, group.end - 1));
        for (std::size_t k = group.first; k < group.end; ++k) add(graph, group_at(graph, k, k + 1, false));
      }
      i = group.end;
    }
  }

  constexpr void add(const Graph& graph, const fused_group& group, written_into into = {}) {
    const layer_record& what = graph.nodes[group.first].what;
    if (what.kind == op::input || renames(what.kind)) return;
    const int pieces = what.kind == op::concat ? what.arity : 1;
    for (int piece = 0; piece < pieces; ++piece) {
      if (what.kind == op::concat && is_in_place(graph, group.first, piece)) continue;
      items[count++] = {group, piece, into};
    }
  }

  /// An input of a concatenation that is among its channels already.
  constexpr bool is_in_place(const Graph& graph, std::size_t join, int piece) const {
    const int source = graph.nodes[join].inputs[static_cast<std::size_t>(piece)];
    for (std::size_t i = 0; i < count; ++i) {
      if (items[i].into.node == static_cast<int>(join) && static_cast<int>(items[i].group.end) == source + 1)
        return true;
    }
    return false;
  }
};

template <const auto& Graph, plan_request Request>
inline constexpr std::size_t step_count = step_requests{Graph, Request}.count;

template <const auto& Graph, plan_request Request>
inline constexpr auto requested_steps = [] {
  const step_requests all{Graph, Request};
  std::array<step_request, step_count<Graph, Request>> kept{};
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = all.items[i];
  return kept;
}();

}  // namespace detail

/// The memory plan of a range of nodes.
template <const auto& Graph, plan_request Request>
inline constexpr auto plan_of = plan_memory(Graph, Request);

/// The steps of a range of nodes. `Outside` lists the nodes whose values come from outside, in the order of their
/// bases.
template <const auto& Graph, plan_request Request, const auto& Outside, class Pack>
class step_table {
 public:
  static constexpr const auto& requests = detail::requested_steps<Graph, Request>;
  static constexpr const auto& memory = plan_of<Graph, Request>;

  static constexpr tensor_place place_of(int index) {
    const auto root = static_cast<std::size_t>(Graph.nodes[static_cast<std::size_t>(index)].root);
    for (std::size_t i = 0; i < Outside.size(); ++i) {
      if (Outside[i] == root) return {0, static_cast<std::uint16_t>(i + 1)};
    }
    return {memory.offset[root], 0};
  }

 private:
  static constexpr step make(const detail::step_request& request, step_function function) {
    const fused_group& group = request.group;
    const node& first = Graph.nodes[group.first];
    step made;
    made.run = function;
    made.weights = first.weights.offset;
    made.output = memory.offset[group.end - 1];
    made.prepared = prepared_offsets<Graph, Request.numerics>[group.first];
    made.scratch = static_cast<std::uint32_t>(memory.scratch);
    made.scratch_bytes = static_cast<std::uint32_t>(memory.scratch_bytes);
    made.work = work_of(first);
    made.granule = granule_of(first);
    made.first_node = static_cast<std::uint16_t>(group.first);
    made.end_node = static_cast<std::uint16_t>(group.end);
    // Dense kernels count single outputs, all others rows.
    made.rows = first.what.kind == op::dense ? first.out.channels : first.out.height;
    if (first.what.kind == op::concat) {
      // Pieces share their node; only the last one ends it.
      if (request.piece + 1 < first.what.arity) made.end_node = made.first_node;
      made.inputs[0] = place_of(first.inputs[static_cast<std::size_t>(request.piece)]);
      made.input_count = 1;
      return made;
    }
    for (int k = 0; k < first.what.arity; ++k) {
      made.inputs[made.input_count++] = place_of(first.inputs[static_cast<std::size_t>(k)]);
    }
    if (group.residual >= 0) made.inputs[made.input_count++] = place_of(group.residual);
    return made;
  }

  /// Multiply-adds, or what takes as long: an element that is computed alone costs a few.
  static constexpr std::uint32_t work_of(const node& of) {
    constexpr std::uint64_t most = 0xFFFFFFFF;
    return static_cast<std::uint32_t>(std::min(most, std::max<std::uint64_t>(of.multiply_adds, 8 * of.out.size())));
  }
  /// Rows that one thread computes at least; 0 for kernels that are not divided.
  static constexpr std::uint16_t granule_of(const node& of) {
    const op kind = of.what.kind;
    if (kind == op::dense) return kernels::block_width;
    if (kind == op::conv2d) {
      // Fewer pixels do not fill a register tile: 3 x 3 in two parts took three times as long as in one.
      constexpr int pixels = 12;
      return static_cast<std::uint16_t>(
          std::max(ceil_div(pixels, of.out.width), winograd_of(of, Request.numerics).edge));
    }
    const bool by_rows = kind == op::depthwise_conv2d || kind == op::locally_connected2d || kind == op::max_pool ||
                         kind == op::average_pool || kind == op::local_response_normalization ||
                         kind == op::batch_normalization || kind == op::prelu || is_arithmetic(kind) ||
                         of.what.function.kind != activation_kind::none;
    return by_rows ? 1 : 0;
  }

  static constexpr int channels_around(written_into into) {
    return into.node < 0 ? 0 : Graph.nodes[static_cast<std::size_t>(into.node)].out.channels;
  }

  template <std::size_t... I>
  static consteval auto make_all(std::index_sequence<I...>) {
    return std::array<step, sizeof...(I)>{make(
        requests[I], kernel_of<Graph, requests[I].group.first, requests[I].group.post_processing(), requests[I].piece,
                               Pack, channels_around(requests[I].into), Request.numerics, Request.small_code>())...};
  }

 public:
  static constexpr auto steps = make_all(std::make_index_sequence<requests.size()>{});
};

}  // namespace cleave
#endif
