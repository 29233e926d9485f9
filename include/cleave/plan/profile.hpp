// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_PROFILE_HPP
#define CLEAVE_PLAN_PROFILE_HPP

/// @file
/// A machine as its predictors, and what the layers of a graph cost on it.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <cleave/graph/cut.hpp>
#include <cleave/network/fusion.hpp>
#include <cleave/plan/cut_table.hpp>
#include <cleave/plan/predictor.hpp>

namespace cleave {

/// What is known of a machine: a predictor of time and of power for every kind of layer. A plain value: cleave-profile
/// writes it as a header, and as JSON.
struct profile {
  std::string_view name{};
  std::array<predictor, work_kinds> times{};
  std::array<power_model, work_kinds> powers{};
  memory_curve memory{};
  double idle_watts = 0;
  bool fuses = true;  ///< one kernel computes a layer with the activation and sum behind it, as cleave does

  constexpr const predictor& time_of(work_kind kind) const noexcept { return times[static_cast<std::size_t>(kind)]; }
  constexpr predictor& time_of(work_kind kind) noexcept { return times[static_cast<std::size_t>(kind)]; }
  constexpr const power_model& power_of(work_kind kind) const noexcept {
    return powers[static_cast<std::size_t>(kind)];
  }
  constexpr power_model& power_of(work_kind kind) noexcept { return powers[static_cast<std::size_t>(kind)]; }

  /// Seconds that a layer takes alone in a network that reads `resident` bytes of weights for every request.
  constexpr double seconds(const layer_work& work, double resident) const noexcept {
    return time_of(work.kind).seconds(work, terms_of(work, memory, resident));
  }
  constexpr double watts(const layer_work& work) const noexcept { return power_of(work.kind).watts(work); }
};

namespace detail {

/// How much of a concatenation has been written in place by the layers before it.
template <class Graph>
constexpr void take_out_places(const Graph& graph, const fused_group& group, std::span<double> in_place) noexcept {
  const written_into into = destination_of(graph, group, graph.nodes.size());
  if (into.node >= 0) {
    in_place[static_cast<std::size_t>(into.node)] += static_cast<double>(graph.nodes[group.end - 1].out.size());
  }
}

}  // namespace detail

/// Fills what each layer costs on a machine; entry 0 are the inputs. Requires: one entry a layer and one for layer 0.
/// `scratch` holds a number for every node.
template <class Graph>
constexpr void fill_layer_costs(const Graph& graph, const profile& on, std::span<layer_cost> costs,
                                std::span<double> scratch) noexcept {
  for (layer_cost& each : costs) each = {};
  for (double& each : scratch) each = 0;
  const double resident = static_cast<double>(graph.weight_bytes);
  const std::size_t end = graph.nodes.size();
  for (std::size_t i = graph.inputs; i < end;) {
    const fused_group group = on.fuses ? group_at(graph, i, end) : fused_group{i, i + 1, -1, {}};
    if (on.fuses) detail::take_out_places(graph, group, scratch);
    for (std::size_t k = group.first; k < group.end; ++k) {
      layer_work work = work_of(graph, k);
      layer_cost& cost = costs[graph.layer_of(k)];
      const double alone = on.seconds(work, resident);
      cost.seconds = alone;
      if (k > group.first) {
        const bool is_sum = work.kind == work_kind::arithmetic;
        work.kind = work_kind::fused;
        // An activation in the epilogue is free; a sum reads its other input.
        cost.seconds = is_sum ? on.seconds(work, resident) : 0;
        cost.parted_seconds = alone > cost.seconds ? alone - cost.seconds : 0;
      } else if (scratch[k] > 0) {
        const double copied = 1 - scratch[k] / work.output_values;
        cost.seconds = alone * copied;
        cost.parted_seconds = alone - cost.seconds;
      }
      cost.joules = cost.seconds * on.watts(work.kind == work_kind::fused ? work_of(graph, group.first) : work);
    }
    i = group.end;
  }
}

}  // namespace cleave
#endif
