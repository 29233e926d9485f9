// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/plan.hpp>

#include <doctest/doctest.h>

#include <cleave/network/step_table.hpp>
#include <cstddef>
#include <set>
#include <vector>

#include "check_network.hpp"
#include "graph/random_graph.hpp"

// Plans are followed step by step through a memory that knows which value each of its cells holds. What a step reads
// must still be there, whole; what it writes may lie over what it reads only where the kernel allows that.

namespace {

constexpr std::size_t cell = 16;

template <class Graph>
class simulation {
 public:
  simulation(const Graph& graph, cleave::plan_request request)
      : graph_(graph),
        request_(request),
        plan_(cleave::plan_memory(graph, request)),
        requests_(graph, request),
        cells_(plan_.bytes / cell, -1) {
    for (std::size_t i = 0; i < graph.node_count; ++i) joined_.push_back(i);
    for (std::size_t i = 0; i < requests_.count; ++i) {
      const cleave::detail::step_request& each = requests_.items[i];
      if (each.into.node >= 0) joined_[each.group.end - 1] = static_cast<std::size_t>(each.into.node);
    }
  }

  void forget() {
    cells_.assign(cells_.size(), -1);
    begun_.clear();
  }

  void put(std::size_t root) { claim(root); }

  bool holds(std::size_t root) const {
    const extent_of_value at = place(root);
    for (std::size_t i = at.begin; i < at.end; ++i) {
      if (cells_.at(i) != static_cast<int>(joined_[root])) return false;
    }
    return true;
  }

  /// What `run_steps` does: false when a step found something else than it should read, or wrote where it must not.
  bool run(std::size_t begin, std::size_t end) {
    for (std::size_t i = 0; i < requests_.count; ++i) {
      const cleave::fused_group& group = requests_.items[i].group;
      if (group.first < begin || group.end > end) continue;
      if (!run_group(group)) return false;
      begin = group.end;
    }
    return true;
  }

  const cleave::memory_plan<Graph::node_count>& plan() const { return plan_; }

 private:
  struct extent_of_value {
    std::size_t begin;
    std::size_t end;
  };

  /// A value that is written among the channels of a concatenation stands for all of them.
  extent_of_value place(std::size_t value) const {
    const std::size_t root = joined_[value];
    const std::size_t begin = plan_.offset[root] / cell;
    return {begin, begin + cleave::round_up(graph_.nodes[root].out.bytes(), cell) / cell};
  }

  void claim(std::size_t root) {
    const extent_of_value at = place(root);
    // Of a concatenation, nothing may have been written over the channels that are there already.
    const bool more = joined_[root] != root && !begun_.insert(joined_[root]).second;
    if (more && !holds(root)) lost_ = true;
    for (std::size_t i = at.begin; i < at.end; ++i) cells_.at(i) = static_cast<int>(joined_[root]);
  }

  bool run_group(const cleave::fused_group& group) {
    const cleave::node& first = graph_.nodes[group.first];
    const std::size_t made = group.end - 1;
    const bool by_element = first.what.function.kind != cleave::activation_kind::none ||
                            first.what.kind == cleave::op::prelu ||
                            first.what.kind == cleave::op::batch_normalization || first.what.kind == cleave::op::add ||
                            first.what.kind == cleave::op::subtract || first.what.kind == cleave::op::multiply;
    std::set<std::size_t> read_by_window;
    std::set<std::size_t> read_by_element;
    for (int k = 0; k < first.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(first.inputs[static_cast<std::size_t>(k)]);
      const bool whole = graph_.nodes[source].out.size() == graph_.nodes[made].out.size();
      (by_element && whole ? read_by_element : read_by_window).insert(root_of(source));
    }
    if (group.residual >= 0) read_by_element.insert(root_of(static_cast<std::size_t>(group.residual)));
    const extent_of_value to = place(made);
    if (joined_[made] != made && !stays_within(made)) return false;
    for (const std::size_t root : read_by_window) {
      if (root < request_.begin) continue;
      const extent_of_value from = place(root);
      const bool in_place = joined_[root] == made;
      if (!holds(root) || (!in_place && to.begin < from.end && from.begin < to.end)) return false;
    }
    for (const std::size_t root : read_by_element) {
      if (root < request_.begin) continue;
      const extent_of_value from = place(root);
      if (!holds(root) || (to.begin != from.begin && to.begin < from.end && from.begin < to.end)) return false;
    }
    claim(made);
    return !lost_;
  }

  /// Whether a value that is written among a concatenation's channels lies where the concatenation has them.
  bool stays_within(std::size_t made) const {
    const cleave::node& join = graph_.nodes[joined_[made]];
    std::size_t channel = 0;
    for (int k = 0; k < join.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(join.inputs[static_cast<std::size_t>(k)]);
      if (source == made) return plan_.offset[made] == plan_.offset[joined_[made]] + 4 * channel;
      channel += static_cast<std::size_t>(graph_.nodes[source].out.channels);
    }
    return false;
  }

  std::size_t root_of(std::size_t index) const { return static_cast<std::size_t>(graph_.nodes[index].root); }

  const Graph& graph_;
  cleave::plan_request request_;
  cleave::memory_plan<Graph::node_count> plan_;
  cleave::detail::step_requests<Graph> requests_;
  std::vector<int> cells_;
  std::vector<std::size_t> joined_;  ///< the concatenation that a value is written into, or the value
  std::set<std::size_t> begun_;
  bool lost_ = false;
};

/// Whether everything that crosses `cut`, and all answers made in [begin, end of the cut), are in memory.
template <class Graph>
bool all_there(const Graph& graph, const simulation<Graph>& memory, std::size_t begin, std::size_t cut) {
  const std::size_t end = graph.end_of(cut);
  for (const std::size_t root : check_network::nodes_that_cross(graph, cut)) {
    if (root >= begin && !memory.holds(root)) return false;
  }
  for (std::size_t i = 0; i < graph.node_count; ++i) {
    const auto root = static_cast<std::size_t>(graph.nodes[i].root);
    if (graph.nodes[i].is_output && root >= begin && root < end && !memory.holds(root)) return false;
  }
  return true;
}

/// Halves: plans of their own. Both parts of every cut.
template <class Graph>
bool halves_are_right(const Graph& graph, std::size_t alignment,
                      cleave::numeric_policy numerics = cleave::numeric_policy::in_order) {
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    const std::size_t middle = graph.end_of(cut);
    simulation device(graph, {graph.inputs, middle, false, alignment, numerics});
    if (!device.run(graph.inputs, middle) || !all_there(graph, device, graph.inputs, cut)) return false;
    simulation remote(graph, {middle, graph.node_count, false, alignment, numerics});
    if (!remote.run(middle, graph.node_count) || !all_there(graph, remote, middle, graph.last)) return false;
  }
  return true;
}

/// One plan for every cut: each half from nothing but what crosses, and all layers in pieces.
template <class Graph>
bool any_cut_is_right(const Graph& graph, std::size_t alignment,
                      cleave::numeric_policy numerics = cleave::numeric_policy::in_order) {
  simulation memory(graph, {0, graph.node_count, true, alignment, numerics});
  const auto put_all = [&](std::size_t cut) {
    memory.forget();
    for (const std::size_t root : check_network::nodes_that_cross(graph, cut)) memory.put(root);
  };
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    put_all(0);
    if (!memory.run(graph.inputs, graph.end_of(cut)) || !all_there(graph, memory, graph.inputs, cut)) return false;
    put_all(cut);
    if (!memory.run(graph.end_of(cut), graph.node_count)) return false;
    if (!all_there(graph, memory, graph.end_of(cut), graph.last)) return false;
  }
  for (std::size_t step = 1; step <= 3; ++step) {
    put_all(0);
    for (std::size_t layer = 1; layer <= graph.last; layer += step) {
      const std::size_t until = std::min(layer + step - 1, graph.last);
      if (!memory.run(graph.end_of(layer - 1), graph.end_of(until))) return false;
      if (!all_there(graph, memory, graph.inputs, until)) return false;
    }
  }
  return true;
}

/// The first of `count` seeds whose graph has a wrong plan, or -1.
template <std::size_t Nodes>
int first_wrong_seed(int count, std::size_t alignment) {
  for (int seed = 0; seed < count; ++seed) {
    const auto graph = random_graph::make<Nodes>(static_cast<std::uint64_t>(seed));
    if (!graph.ok() || !halves_are_right(graph, alignment) || !any_cut_is_right(graph, alignment)) return seed;
  }
  return -1;
}

}  // namespace

TEST_CASE("no plan of a small random graph lays a value over one that is needed") {
  CHECK(first_wrong_seed<8>(400, 16) == -1);
  CHECK(first_wrong_seed<17>(400, 64) == -1);
  CHECK(first_wrong_seed<30>(150, 16) == -1);
}

TEST_CASE("no plan of a long random graph lays a value over one that is needed") {
  CHECK(first_wrong_seed<240>(2, 64) == -1);
}

TEST_CASE("poolings that a convolution computes with its own outputs have their memory") {
  constexpr cleave::conv2d wide{.channels = 16, .kernel = 3, .padding = cleave::same};
  const auto graph = cleave::graph{cleave::input{.height = 32, .width = 32, .channels = 16, .name = "x"},
                                   wide,
                                   cleave::relu{},
                                   cleave::max_pool{.kernel = 2, .name = "a"},
                                   wide,
                                   cleave::add{.with = "a"},
                                   cleave::relu{},
                                   cleave::max_pool{.kernel = 2},
                                   wide,
                                   cleave::max_pool{.kernel = 2, .name = "b"},
                                   wide,
                                   cleave::concat{.with = {"b"}}};
  REQUIRE(graph.ok());
  CHECK(
      cleave::detail::step_requests(graph, {1, graph.node_count, false, 64, cleave::numeric_policy::winograd}).count ==
      5);
  CHECK(halves_are_right(graph, 64, cleave::numeric_policy::winograd));
  CHECK(any_cut_is_right(graph, 64, cleave::numeric_policy::winograd));
}

TEST_CASE("a plan takes at most what all values take side by side, and mostly far less") {
  std::size_t planned = 0;
  std::size_t apart = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto graph = random_graph::make<24>(seed);
    std::size_t all = 0;
    for (std::size_t i = graph.inputs; i < graph.node_count; ++i) {
      if (!cleave::renames(graph.nodes[i].what.kind)) all += cleave::round_up(graph.nodes[i].out.bytes(), 64);
    }
    const std::size_t bytes = cleave::plan_memory(graph, {graph.inputs, graph.node_count, false, 64}).bytes;
    CAPTURE(seed);
    CHECK(bytes <= all);
    planned += bytes;
    apart += all;
  }
  CHECK(2 * planned < apart);
}
