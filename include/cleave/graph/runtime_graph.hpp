// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_RUNTIME_GRAPH_HPP
#define CLEAVE_GRAPH_RUNTIME_GRAPH_HPP

/// @file
/// A graph whose layers are only known when a program runs: what tools print, plan and pack. The same records give the
/// same shapes, offsets, plan and fingerprint as in a graph made while compiling. Hosted: allocates.

#include <cstddef>
#include <span>
#include <tuple>
#include <vector>

#include <cleave/graph/basic_graph.hpp>

namespace cleave {

/// Layers in their order of execution; see basic_graph.hpp for what can be asked of them. Networks can not run it.
/// Labels are viewed: what they view must outlive the graph.
class runtime_graph : public basic_graph<std::vector<node>, std::tuple<>> {
 public:
  explicit runtime_graph(std::span<const layer_record> records)
      : basic_graph(std::vector<node>(records.size()), {}), node_count(records.size()) {
    build(records.data());
  }

  std::size_t node_count = 0;

  /// One value for every node.
  template <class T>
  using per_node = std::vector<T>;
  template <class T>
  per_node<T> make_per_node() const {
    return per_node<T>(node_count);
  }
};

}  // namespace cleave
#endif
