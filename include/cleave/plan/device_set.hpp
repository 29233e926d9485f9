// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_DEVICE_SET_HPP
#define CLEAVE_PLAN_DEVICE_SET_HPP

/// @file
/// The best layers for a device in a graph with branches, which need not be the first ones: a minimum cut, as in DADS
/// (Hu et al., Dynamic adaptive DNN surgery for inference acceleration on the edge, INFOCOM 2019). `reorder` makes of
/// the set a cut. Hosted: allocates.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <cleave/graph/reorder.hpp>
#include <cleave/plan/minimum_cut.hpp>
#include <cleave/plan/planner.hpp>

namespace cleave {

/// Layers for the device, and what a request then costs, layers that a cut parts not counted apart.
struct device_set {
  std::vector<bool> on_device;  ///< an entry a node, inputs included
  std::size_t layers = 0;       ///< the cut behind them in the reordered graph
  cut_cost cost{};
};

/// What a request costs with these layers on the device. Requires: `set` holds what its members need.
template <class Graph>
cut_cost cost_of_set(const Graph& graph, std::span<const layer_cost> device, std::span<const layer_cost> server,
                     const std::vector<bool>& set, const conditions& now, const wire_cost& wire = {}) {
  cut_row row;
  std::vector<bool> sent(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const node& of = graph.nodes[i];
    const std::size_t layer = graph.layer_of(i);
    if (i >= graph.inputs) {
      if (set[i]) row.device_seconds += device[layer].seconds;
      if (set[i]) row.device_joules += device[layer].joules;
      if (!set[i]) row.server_seconds += server[layer].seconds;
    }
    const auto root = static_cast<std::size_t>(of.root);
    if (of.is_output && !set[root]) {
      row.bytes.down += static_cast<double>(of.out.size()) * wire.bytes_per_element + wire.bytes_per_tensor;
    }
    for (int k = 0; !set[i] && !renames(of.what.kind) && k < of.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      const auto value = static_cast<std::size_t>(graph.nodes[source].root);
      if (!set[value] || sent[value]) continue;
      sent[value] = true;
      row.bytes.up += wire.bytes_of(graph.nodes[value]);
    }
  }
  if (row.bytes.up > 0) row.bytes.up += wire.bytes_per_frame;
  if (row.bytes.down > 0) row.bytes.down += wire.bytes_per_frame;
  return cost_of(row, now);
}

/// The set of least value under a goal's weights; limits and the time between answers (`per_period_second`) are not
/// weighed. Entry L of `device` and `server` is layer L. Complexity: a minimum cut of three points a layer.
template <class Graph>
device_set best_device_set(const Graph& graph, std::span<const layer_cost> device, std::span<const layer_cost> server,
                           const conditions& now, const objective& goal = {}, const wire_cost& wire = {}) {
  const std::size_t count = graph.nodes.size();
  device_set all;
  all.on_device.assign(count, true);
  all.layers = graph.last;
  all.cost = cost_of_set(graph, device, server, all.on_device, now, wire);
  const link_model& over = now.over;
  if (!(over.up_bits_per_second > 0) || (now.charges_answer && !(over.down_bits_per_second > 0))) return all;

  // What a second of each kind is worth. The latency of the link, the queue and the frames are paid once by every set
  // that uses the link: they are left to the comparison with the set of all layers.
  const double waiting = goal.per_second + goal.per_joule * now.idle_watts;
  const double up = (waiting + goal.per_joule * over.up_watts()) * 8 / over.up_bits_per_second;
  const double down =
      now.charges_answer ? (waiting + goal.per_joule * over.down_watts()) * 8 / over.down_bits_per_second : 0;
  std::vector<double> here(count);
  std::vector<double> there(count);
  std::vector<double> crossing(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t layer = graph.layer_of(i);
    const node& of = graph.nodes[i];
    if (i >= graph.inputs) {
      here[i] +=
          (goal.per_second * device[layer].seconds + goal.per_joule * device[layer].joules) * now.device_slowdown;
      there[i] += waiting * server[layer].seconds * now.server_slowdown;
    }
    const auto root = static_cast<std::size_t>(of.root);
    if (of.is_output) {
      const double bytes = static_cast<double>(of.out.size()) * wire.bytes_per_element + wire.bytes_per_tensor;
      there[root] += down * bytes;
      sum += down * bytes;
    }
    crossing[i] = of.root == static_cast<int>(i) ? up * wire.bytes_of(of) : 0;
    sum += here[i] + there[i] + crossing[i];
  }
  if (!(sum > 0)) return all;

  // Point 2 + 2i is node i, with the source on the device; point 3 + 2i stands for its value at the server.
  const double scale = std::ldexp(1.0, 55) / sum;
  const auto whole = [&](double value) { return static_cast<std::int64_t>(std::llround(value * scale)); };
  constexpr std::size_t source = 0;
  constexpr std::size_t sink = 1;
  flow_network flow{2 + 2 * count};
  for (std::size_t i = 0; i < count; ++i) {
    const node& of = graph.nodes[i];
    const std::size_t point = 2 + 2 * i;
    flow.connect(source, point, i < graph.inputs ? flow_network::unlimited : whole(there[i]));
    flow.connect(point, sink, whole(here[i]));
    flow.connect(point, point + 1, whole(crossing[i]));
    for (int k = 0; k < of.what.arity; ++k) {
      const auto read = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      // Nothing comes back: what a layer on the device reads is on the device.
      flow.connect(point, 2 + 2 * read, flow_network::unlimited);
      const auto value = static_cast<std::size_t>(graph.nodes[read].root);
      if (!renames(of.what.kind)) flow.connect(3 + 2 * value, point, flow_network::unlimited);
    }
  }
  flow.separate(source, sink);
  // Among equal cuts the one with the most layers on the device, as of prefixes.
  const std::vector<bool> with_source = flow.all_but_sink(sink);
  device_set best;
  best.on_device.resize(count);
  for (std::size_t i = 0; i < count; ++i) best.on_device[i] = with_source[2 + 2 * i];
  best.layers = layers_in(graph, best.on_device);
  best.cost = cost_of_set(graph, device, server, best.on_device, now, wire);
  return goal.value(best.cost) < goal.value(all.cost) ? best : all;
}

/// The same with predicted layers.
template <class Graph>
device_set best_device_set(const Graph& graph, const profile& device, const profile& server, const conditions& now,
                           const objective& goal = {}, const wire_cost& wire = {}) {
  const cut_plan plan{graph, device, server, wire};
  return best_device_set(graph, plan.device_layers(), plan.server_layers(), now, goal, wire);
}

}  // namespace cleave
#endif
