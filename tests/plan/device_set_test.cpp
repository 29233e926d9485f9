// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/core/random_bits.hpp>
#include <cleave/graph/runtime_graph.hpp>
#include <cleave/models/inception_v3.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/plan/device_set.hpp>
#include <cleave/plan/table_profiles.hpp>
#include <cmath>
#include <vector>

#include "../graph/random_graph.hpp"

namespace {

using namespace cleave;

TEST_CASE("a minimum cut of a network whose cut is known") {
  // Edmonds and Karp's example of crossing paths, and a way that is no use.
  flow_network flow{6};
  flow.connect(0, 2, 10);
  flow.connect(0, 3, 10);
  flow.connect(2, 4, 4);
  flow.connect(2, 5, 8);
  flow.connect(2, 3, 2);
  flow.connect(3, 5, 9);
  flow.connect(4, 1, 10);
  flow.connect(5, 4, 6);
  flow.connect(5, 1, 10);
  CHECK(flow.separate(0, 1) == 19);
  CHECK(flow.is_with_source(0));
  CHECK_FALSE(flow.is_with_source(1));
}

struct costs {
  std::vector<layer_cost> device;
  std::vector<layer_cost> server;
};
template <class Graph>
costs draw_costs(const Graph& graph, random_bits& random) {
  costs made;
  made.device.resize(graph.last + 1);
  made.server.resize(graph.last + 1);
  for (std::size_t layer = 1; layer <= graph.last; ++layer) {
    made.device[layer].seconds = static_cast<double>(1 + random.below(1000)) * 1e-5;
    made.device[layer].joules = made.device[layer].seconds * static_cast<double>(1 + random.below(6));
    made.server[layer].seconds = made.device[layer].seconds / static_cast<double>(1 + random.below(20));
  }
  return made;
}

const std::vector<objective> goals{objectives::latency, objectives::energy, objectives::weighted(2)};
/// Slow to fast, with an answer and without, with a wait that is paid once.
conditions draw_conditions(random_bits& random) {
  const double up = std::ldexp(1e5, static_cast<int>(random.below(10)));
  return {.over = {up, 3 * up, 1e-4 * static_cast<double>(random.below(20)), 0.3, 0.1, 0.2},
          .server_slowdown = static_cast<double>(1 + random.below(3)),
          .server_wait_seconds = random.below(2) == 0 ? 0 : 0.002,
          .device_slowdown = random.below(2) == 0 ? 1.0 : 2.0,
          .idle_watts = random.below(2) == 0 ? 0 : 1.5,
          .charges_answer = random.below(2) == 0};
}

TEST_CASE("the minimum cut is the best of all sets of layers, each of them tried") {
  random_bits random{5};
  int beyond_prefixes = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    constexpr std::size_t nodes = 14;
    const auto graph = random_graph::make<nodes>(seed);
    const costs of = draw_costs(graph, random);
    const conditions now = draw_conditions(random);
    for (const objective& goal : goals) {
      double least = 1e300;
      double least_prefix = 1e300;
      std::vector<bool> set(nodes);
      for (std::size_t chosen = 0; chosen < std::size_t{1} << graph.last; ++chosen) {
        for (std::size_t i = 0; i < nodes; ++i) set[i] = i < graph.inputs || (chosen >> (i - graph.inputs) & 1U) != 0;
        std::vector<bool> closed = set;
        close_over_inputs(graph, closed);
        if (closed != set) continue;
        const double value = goal.value(cost_of_set(graph, of.device, of.server, set, now));
        least = std::min(least, value);
        if ((chosen & (chosen + 1)) == 0) least_prefix = std::min(least_prefix, value);
      }
      const device_set found = best_device_set(graph, of.device, of.server, now, goal);
      CAPTURE(seed);
      std::vector<bool> closed = found.on_device;
      close_over_inputs(graph, closed);
      REQUIRE(closed == found.on_device);
      REQUIRE(goal.value(found.cost) == doctest::Approx(least).epsilon(1e-9));
      beyond_prefixes += least < least_prefix * (1 - 1e-9) ? 1 : 0;
    }
  }
  // Otherwise nothing was shown.
  CHECK(beyond_prefixes > 10);
}

TEST_CASE("on a chain the minimum cut is the best cut") {
  random_bits random{9};
  const auto& graph = models::lenet5;
  for (int round = 0; round < 200; ++round) {
    const costs of = draw_costs(graph, random);
    const conditions now = draw_conditions(random);
    const cut_plan plan{graph, of.device, of.server};
    for (const objective& goal : goals) {
      const device_set found = best_device_set(graph, of.device, of.server, now, goal);
      REQUIRE(goal.value(found.cost) == doctest::Approx(goal.value(plan.best(now, goal).cost)).epsilon(1e-9));
    }
  }
}

TEST_CASE("the cut behind a set in the reordered graph costs what the set costs") {
  random_bits random{21};
  for (std::uint64_t seed = 100; seed <= 130; ++seed) {
    const auto graph = random_graph::make<24>(seed);
    const costs of = draw_costs(graph, random);
    const conditions now = draw_conditions(random);
    const device_set found = best_device_set(graph, of.device, of.server, now);
    const auto other = reorder(graph, found.on_device);
    std::vector<layer_cost> device(graph.last + 1);
    std::vector<layer_cost> server(graph.last + 1);
    for (std::size_t i = other.inputs; i < other.nodes.size(); ++i) {
      device[other.layer_of(i)] = of.device[other.nodes[i].weights.line];
      server[other.layer_of(i)] = of.server[other.nodes[i].weights.line];
    }
    const cut_cost cost = cut_plan{other, device, server}.cost(found.layers, now);
    CAPTURE(seed);
    CHECK(cost.seconds() == doctest::Approx(found.cost.seconds()));
    CHECK(cost.joules == doctest::Approx(found.cost.joules));
  }
}

TEST_CASE("a link that is down leaves every layer on the device") {
  const device_set found = best_device_set(models::inception_v3, profiles::tk1_cpu, profiles::k40, {});
  CHECK(found.layers == models::inception_v3.last);
  CHECK(found.cost.up_seconds == 0);
}

}  // namespace
