// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_MINIMUM_CUT_HPP
#define CLEAVE_PLAN_MINIMUM_CUT_HPP

/// @file
/// Minimum cuts of a network of capacities, by augmenting paths along shortest ways (Dinic, 1970). Hosted: allocates.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace cleave {

/// Points and directed edges with whole capacities; finds the cheapest set of edges whose absence parts two points.
class flow_network {
 public:
  static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max() / 4;

  explicit flow_network(std::size_t points) : first_(points, none) {}

  void connect(std::size_t from, std::size_t to, std::int64_t capacity) {
    if (capacity <= 0) return;
    edges_.push_back({to, first_[from], capacity});
    first_[from] = edges_.size() - 1;
    edges_.push_back({from, first_[to], 0});
    first_[to] = edges_.size() - 1;
  }

  /// The capacity of the minimum cut. Once only: what is left of the capacities then tells the sides.
  std::int64_t separate(std::size_t source, std::size_t sink) {
    std::int64_t flow = 0;
    while (measure_levels(source, sink)) {
      next_ = first_;
      while (const std::int64_t pushed = push(source, sink, unlimited)) flow += pushed;
    }
    return flow;
  }

  /// After `separate`: the point is on the source's side in the cut nearest to the source.
  bool is_with_source(std::size_t point) const { return level_[point] != none; }

  /// After `separate`: in the cut nearest to the sink, the points on the source's side.
  std::vector<bool> all_but_sink(std::size_t sink) const {
    std::vector<bool> reaches(first_.size(), false);
    std::vector<std::size_t> queue{sink};
    reaches[sink] = true;
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (std::size_t i = first_[queue[at]]; i != none; i = edges_[i].next) {
        // The edge back: what may still flow along it comes to this point.
        const std::size_t from = edges_[i].to;
        if (edges_[i ^ 1U].left > 0 && !reaches[from]) {
          reaches[from] = true;
          queue.push_back(from);
        }
      }
    }
    reaches.flip();
    return reaches;
  }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  struct edge {
    std::size_t to;
    std::size_t next;  ///< edge of the same point
    std::int64_t left;
  };

  bool measure_levels(std::size_t source, std::size_t sink) {
    level_.assign(first_.size(), none);
    level_[source] = 0;
    std::vector<std::size_t> queue{source};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (std::size_t i = first_[queue[at]]; i != none; i = edges_[i].next) {
        if (edges_[i].left <= 0 || level_[edges_[i].to] != none) continue;
        level_[edges_[i].to] = level_[queue[at]] + 1;
        queue.push_back(edges_[i].to);
      }
    }
    return level_[sink] != none;
  }

  std::int64_t push(std::size_t from, std::size_t sink, std::int64_t most) {
    if (from == sink) return most;
    for (std::size_t& i = next_[from]; i != none; i = edges_[i].next) {
      edge& along = edges_[i];
      if (along.left <= 0 || level_[along.to] != level_[from] + 1) continue;
      const std::int64_t pushed = push(along.to, sink, std::min(most, along.left));
      if (pushed == 0) continue;
      along.left -= pushed;
      edges_[i ^ 1U].left += pushed;
      return pushed;
    }
    return 0;
  }

  std::vector<std::size_t> first_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> level_;
  std::vector<edge> edges_;
};

}  // namespace cleave
#endif
