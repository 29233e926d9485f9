// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_CUT_HPP
#define CLEAVE_GRAPH_CUT_HPP

/// @file
/// Where a graph is cut, by number or by label, and which tensors cross there.

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>

#include <cleave/layers/record.hpp>

namespace cleave {

namespace detail {
struct last_cut {};
}  // namespace detail

/// The cut behind the last layer, which leaves nothing to the remote half.
inline constexpr detail::last_cut last{};

/// A cut as a template argument: `split<6>()`, `split<"pool2">()`, `split<cleave::last>()`. Layers up to and with the
/// one named run on the device. Structural; labels have 1 to 63 characters.
struct cut_point {
  static constexpr std::size_t behind_everything = std::numeric_limits<std::size_t>::max();

  std::size_t number = 0;
  char text[64]{};

  /// Negative numbers become such as no graph has.
  consteval cut_point(int layer) : number(static_cast<std::size_t>(layer) - (layer < 0 ? 1U : 0U)) {}
  consteval cut_point(std::size_t layer) : number(layer) {}
  consteval cut_point(detail::last_cut) : number(behind_everything) {}
  template <std::size_t Length>
  consteval cut_point(const char (&name)[Length]) {
    static_assert(1 < Length && Length <= 64, "a label in a cut has 1 to 63 characters");
    for (std::size_t i = 0; i < Length; ++i) text[i] = name[i];
  }

  constexpr label name() const noexcept { return text; }

  /// How many layers bear this cut's label.
  template <class Graph>
  constexpr std::size_t count_in(const Graph& graph) const noexcept {
    std::size_t count = 0;
    for (const auto& each : graph.nodes) count += each.what.name == name() ? 1U : 0U;
    return count;
  }

  template <class Graph>
  constexpr bool is_in(const Graph& graph) const noexcept {
    if (!name().empty()) return count_in(graph) == 1;
    return number <= graph.last || number == behind_everything;
  }

  /// The number of the last layer before the cut. Requires: `is_in(graph)`; otherwise 0.
  template <class Graph>
  constexpr std::size_t in(const Graph& graph) const noexcept {
    if (!is_in(graph)) return 0;
    if (!name().empty()) return graph.layer_of(static_cast<std::size_t>(graph.find(name())));
    return number == behind_everything ? graph.last : number;
  }
};

/// How many tensors cross behind layer `cut`.
template <class Graph>
constexpr std::size_t count_crossing(const Graph& graph, std::size_t cut) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.end_of(cut); ++i) count += graph.crosses(i, cut) ? 1U : 0U;
  return count;
}

/// The nodes whose values cross behind layer `Cut`, in their order in the graph, which is their order on the wire.
template <const auto& Graph, std::size_t Cut>
consteval auto crossing_nodes() {
  std::array<std::size_t, count_crossing(Graph, Cut)> found{};
  std::size_t place = 0;
  for (std::size_t i = 0; i < Graph.end_of(Cut); ++i) {
    if (Graph.crosses(i, Cut)) found[place++] = i;
  }
  return found;
}

/// Bytes of all tensors that cross behind layer `cut`, before any codec.
template <class Graph>
constexpr std::size_t crossing_bytes(const Graph& graph, std::size_t cut) noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < graph.end_of(cut); ++i) sum += graph.crosses(i, cut) ? graph.nodes[i].out.bytes() : 0U;
  return sum;
}

/// True when node `index` is an answer of the network whose value is made by a node in [begin, end). An answer that
/// only renames a value is made where that value is made.
template <class Graph>
constexpr bool is_output_made_in(const Graph& graph, std::size_t index, std::size_t begin, std::size_t end) noexcept {
  const auto root = static_cast<std::size_t>(graph.nodes[index].root);
  return graph.nodes[index].is_output && begin <= root && root < end;
}

/// The nodes that are answers of the network and whose values are made in [Begin, End), in order.
template <const auto& Graph, std::size_t Begin = 0, std::size_t End = Graph.node_count>
consteval auto output_nodes() {
  constexpr std::size_t count = [] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < Graph.node_count; ++i) sum += is_output_made_in(Graph, i, Begin, End) ? 1U : 0U;
    return sum;
  }();
  std::array<std::size_t, count> found{};
  std::size_t place = 0;
  for (std::size_t i = 0; i < Graph.node_count; ++i) {
    if (is_output_made_in(Graph, i, Begin, End)) found[place++] = i;
  }
  // In a reordered graph answers keep their order: that of the layers as they were written.
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t moved = found[i];
    std::size_t to = i;
    for (; to > 0 && Graph.nodes[found[to - 1]].weights.line > Graph.nodes[moved].weights.line; --to) {
      found[to] = found[to - 1];
    }
    found[to] = moved;
  }
  return found;
}

}  // namespace cleave
#endif
