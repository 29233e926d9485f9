// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_REORDER_HPP
#define CLEAVE_GRAPH_REORDER_HPP

/// @file
/// The same graph with its layers in another order, so that the layers of a device come first: then a cut behind them
/// divides it, and everything that serves cuts serves them.

#include <cstddef>
#include <cstdint>

#include <cleave/graph/fingerprint.hpp>
#include <cleave/graph/graph.hpp>

namespace cleave {

/// Adds to a set of nodes all that its members need, and the inputs. `Set` is anything with an entry a node.
template <class Graph, class Set>
constexpr void close_over_inputs(const Graph& graph, Set& set) {
  for (std::size_t i = 0; i < graph.inputs; ++i) set[i] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const node& of = graph.nodes[i];
    for (int k = 0; set[i] && k < of.what.arity; ++k) {
      set[static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)])] = true;
    }
  }
}

/// How many layers of a graph are in such a set: the cut behind them in the reordered graph.
template <class Graph, class Set>
constexpr std::size_t layers_in(const Graph& graph, const Set& set) {
  std::size_t count = 0;
  for (std::size_t i = graph.inputs; i < graph.nodes.size(); ++i) count += set[i] ? 1U : 0U;
  return count;
}

/// `graph` with the nodes of `set`, and all that they need, before the others; within both the order stays. Computes
/// the same bits, takes the same weights (whose blob and fingerprint stay as they are) and gives its answers in the
/// same order. Its own fingerprint differs where the order does: a cut's number means other layers. Requires: a sound
/// graph and an entry of `set` for each node. `from` labels of its records are those of the old order: read its
/// `inputs`.
///
/// `inline constexpr auto split_net = cleave::reorder(net, on_device);`
template <class Graph, class Set>
constexpr Graph reorder(const Graph& graph, const Set& set) {
  Graph made = graph;
  const std::size_t count = graph.nodes.size();
  auto chosen = graph.template make_per_node<bool>();
  auto place = graph.template make_per_node<std::int16_t>();
  for (std::size_t i = 0; i < count; ++i) chosen[i] = set[i];
  close_over_inputs(graph, chosen);
  std::int16_t next = 0;
  for (const bool first : {true, false}) {
    for (std::size_t i = 0; i < count; ++i) {
      if (chosen[i] == first) place[i] = next++;
    }
  }
  bool moved = false;
  for (std::size_t i = 0; i < count; ++i) {
    moved = moved || place[i] != static_cast<std::int16_t>(i);
    node& here = made.nodes[static_cast<std::size_t>(place[i])];
    here = graph.nodes[i];
    for (int k = 0; k < here.what.arity; ++k) {
      std::int16_t& source = here.inputs[static_cast<std::size_t>(k)];
      source = place[static_cast<std::size_t>(source)];
    }
    here.root = place[static_cast<std::size_t>(here.root)];
    here.last_use = -1;
  }
  if (!moved) return graph;
  for (std::size_t i = 0; i < count; ++i) {
    const node& here = made.nodes[i];
    for (int k = 0; !renames(here.what.kind) && k < here.what.arity; ++k) {
      const node& source = made.nodes[static_cast<std::size_t>(here.inputs[static_cast<std::size_t>(k)])];
      made.nodes[static_cast<std::size_t>(source.root)].last_use = static_cast<std::int16_t>(i);
    }
  }
  made.stored_fingerprint = weight_graph_fingerprint(graph);
  return made;
}

}  // namespace cleave
#endif
