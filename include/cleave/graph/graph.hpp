// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_GRAPH_HPP
#define CLEAVE_GRAPH_GRAPH_HPP

/// @file
/// A network as a value: `inline constexpr auto g = cleave::graph{cleave::input{...}, ...};`.

#include <array>
#include <cstddef>
#include <tuple>

#include <cleave/graph/basic_graph.hpp>

namespace cleave {

/// Layers in their order of execution; see basic_graph.hpp for what can be asked of them.
/// A graph that networks run is made while compiling; others, to be planned and printed, at any time. Making one never
/// fails: the first defect is kept, and using the graph in a network names it.
template <std::size_t Nodes, class Customs = std::tuple<>>
class graph : public basic_graph<std::array<node, Nodes>, Customs> {
 public:
  /// Items are layers, runs of layers (cleave::layers) and layers of the user's own.
  template <class... Items>
  constexpr explicit graph(const Items&... items)
      : basic_graph<std::array<node, Nodes>, Customs>({}, std::tuple_cat(detail::customs_in(items)...)) {
    std::array<layer_record, Nodes> records{};
    layer_record* place = records.data();
    int custom = 0;
    (detail::append(items, place, custom), ...);
    this->build(records.data());
  }

  static constexpr std::size_t node_count = Nodes;

  /// One value for every node.
  template <class T>
  using per_node = std::array<T, Nodes>;
  template <class T>
  constexpr per_node<T> make_per_node() const noexcept {
    return {};
  }
};

template <class... Items>
graph(const Items&...) -> graph<detail::count_of<Items...>, detail::customs_of<Items...>>;

}  // namespace cleave
#endif
