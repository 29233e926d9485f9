// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_PROFILE_NETWORK_HPP
#define CLEAVE_PLAN_PROFILE_NETWORK_HPP

/// @file
/// Measures the layers of one network where it runs: what predictions are held against, and what plans are made of
/// where nothing is to be predicted. Hosted: clock and heap.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include <cleave/network/cut_runner.hpp>
#include <cleave/plan/cut_table.hpp>
#include <cleave/plan/stopwatch.hpp>
#include <cleave/weights/random.hpp>

namespace cleave {

/// A network that has been measured.
struct network_timing {
  std::vector<layer_cost> layers;  ///< entry 0 are the inputs; of fused layers the first has the time of all
  timing whole{};                  ///< of all layers in one call
};

struct network_timing_options {
  double least_seconds = 0.2;  ///< for the layers, and again for the whole
  int least_rounds = 5;
  double watts = 0;  ///< what the machine draws while it computes: fills in joules
};

/// The median time of every step of a network, taken while the network runs through: caches hold what they hold then.
/// Layers that a cut can part from others are measured alone as well.
template <const auto& Graph, class Options = default_options, class Weights>
network_timing profile_network(const Weights& weights, const network_timing_options& how = {}) {
  using runner_type = cut_runner<Graph, Options>;
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  const auto runner = std::make_unique<runner_type>(weights);
  for (const tensor_info& each : runner_type::crossing(0)) {
    const std::span<std::byte> bytes = runner->tensor(each);
    std::vector<float> picture(bytes.size() / sizeof(float));
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i % 29) / 29;
    std::copy_n(reinterpret_cast<const std::byte*>(picture.data()), bytes.size(), bytes.data());
  }

  struct piece {
    std::size_t first = 0;  ///< layers
    std::size_t last = 0;
    bool alone = false;
    std::vector<double> seconds;
  };
  std::vector<piece> pieces;
  for (std::size_t index = Graph.inputs; index < Graph.node_count;) {
    const fused_group group = group_at(Graph, index, Graph.node_count);
    pieces.push_back({Graph.layer_of(group.first), Graph.layer_of(group.end - 1), false, {}});
    for (std::size_t k = group.first; group.end - group.first > 1 && k < group.end; ++k) {
      pieces.push_back({Graph.layer_of(k), Graph.layer_of(k), true, {}});
    }
    index = group.end;
  }
  runner->run(1, Graph.last);
  double spent = 0;
  for (int round = 0; round < how.least_rounds || (spent < how.least_seconds && round < 2000); ++round) {
    for (const bool alone : {false, true}) {
      for (piece& each : pieces) {
        if (each.alone != alone) continue;
        // A layer with weights alone costs what it costs with its activation.
        const double before = now();
        runner->run(each.first, each.last);
        const double took = now() - before;
        each.seconds.push_back(took);
        spent += took;
      }
    }
  }
  network_timing found;
  found.layers.resize(Graph.last + 1);
  // What reading the clock takes is in every piece.
  std::array<double, 64> empty{};
  for (double& each : empty) {
    const double before = now();
    each = now() - before;
  }
  std::nth_element(empty.begin(), empty.begin() + 32, empty.end());
  const auto median = [&](std::vector<double> of) {
    const auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
    std::nth_element(of.begin(), middle, of.end());
    return std::max(*middle - empty[32], 0.0);
  };
  for (const piece& each : pieces) {
    const double seconds = median(each.seconds);
    layer_cost& cost = found.layers[each.first];
    if (!each.alone) {
      cost.seconds = seconds;
      cost.joules = seconds * how.watts;
    } else if (each.first > 1 && cost.seconds == 0) {
      cost.parted_seconds = seconds;
    }
  }
  auto clock = now;
  found.whole = time_of_run(
      clock, [&](std::size_t) { runner->run(1, Graph.last); },
      {.least_batch_seconds = 50e-6, .least_seconds = how.least_seconds, .most_seconds = 10 * how.least_seconds});
  return found;
}

/// The same with weights that are drawn.
template <const auto& Graph, class Options = default_options>
network_timing profile_network(const network_timing_options& how = {}) {
  const auto weights = random_weights<Graph>(1);
  return profile_network<Graph, Options>(weights, how);
}

}  // namespace cleave
#endif
