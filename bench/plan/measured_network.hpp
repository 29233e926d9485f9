// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PLAN_MEASURED_NETWORK_HPP
#define CLEAVE_BENCH_PLAN_MEASURED_NETWORK_HPP

/// @file
/// Networks of include/cleave/models, predicted and measured.

#include <cleave/plan/planner.hpp>
#include <cleave/plan/profile_network.hpp>
#include <memory>
#include <string>
#include <vector>

namespace prediction_bench {

struct measured_network {
  std::string name;
  cleave::timing whole;                    ///< as cleave::network runs it
  std::vector<cleave::layer_cost> layers;  ///< measured
  std::vector<cleave::layer_cost> predicted;
  std::vector<cleave::layer_work> works;
};

template <const auto& Graph>
measured_network measure(const std::string& name, const cleave::profile& on) {
  const auto weights = cleave::random_weights<Graph>(1);
  measured_network made;
  made.name = name;
  made.layers = cleave::profile_network<Graph>(weights).layers;
  const auto whole = std::make_unique<cleave::network<Graph>>(weights);
  const std::vector<float> picture(Graph.nodes[0].out.size(), 0.5F);
  const std::span<const float, Graph.nodes[0].out.size()> in{picture.data(), Graph.nodes[0].out.size()};
  auto clock = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  made.whole =
      cleave::time_of_run(clock, [&](std::size_t) { (*whole)(in); }, {.least_seconds = 0.3, .most_seconds = 3});
  const cleave::cut_plan plan{Graph, on, on};
  made.predicted.assign(plan.device_layers().begin(), plan.device_layers().end());
  for (std::size_t layer = 0; layer <= Graph.last; ++layer) {
    made.works.push_back(cleave::work_of(Graph, Graph.end_of(layer) - 1));
  }
  return made;
}

/// Each in a unit of its own.
std::vector<measured_network> measure_small(const cleave::profile& on);
std::vector<measured_network> measure_residual(const cleave::profile& on);
std::vector<measured_network> measure_mobile(const cleave::profile& on);
std::vector<measured_network> measure_large(const cleave::profile& on);

}  // namespace prediction_bench
#endif
