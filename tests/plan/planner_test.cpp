// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/codec/f16.hpp>
#include <cleave/graph/runtime_graph.hpp>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/network/network.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/weights/random.hpp>
#include <vector>

#include "../graph/random_graph.hpp"

namespace {

using namespace cleave;

/// A machine on which every layer takes the same time a product and a value.
constexpr profile machine(double seconds_per_product, double seconds_per_value, double watts) {
  profile made;
  made.name = "even";
  for (std::size_t i = 1; i < work_kinds; ++i) {
    made.times[i].form = predictor_form::additive;
    made.times[i].coefficients = {0, seconds_per_product, 0, 0, 0, 0, 0, seconds_per_value, 0};
    made.powers[i].constant = watts;
  }
  return made;
}
constexpr profile slow = machine(1e-9, 1e-8, 4);
constexpr profile fast = machine(1e-11, 1e-10, 0);
constexpr link_model middling{10e6, 10e6, 0.001, 0.3, 0.1, 0.1};

// While compiling, and then a constant like any other.
constexpr std::size_t here = best_cut<models::lenet5>(slow, fast, links::threeg);
static_assert(here == models::lenet5.last);
constexpr profile slower = machine(1e-6, 1e-6, 4);
constexpr std::size_t there = best_cut<models::lenet5>(slower, fast, middling);
static_assert(there < models::lenet5.last);

TEST_CASE("a planned cut is a template argument") {
  const auto weights = random_weights<models::lenet5>(1);
  network<models::lenet5> whole{weights};
  auto [device, remote] = whole.split<best_cut<models::lenet5>(slower, fast, middling)>();
  std::vector<float> image(28 * 28, 0.5F);
  const std::span<const float, 28 * 28> in{image.data(), 28 * 28};
  const auto expected = whole(in);
  const auto found = remote(device(in));
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == expected[i]);
}

template <class Graph>
void check_bytes(const Graph& graph) {
  std::vector<cut_bytes> bytes(graph.last + 1);
  fill_cut_bytes(graph, {4, 4, 0, 0}, bytes);
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    REQUIRE(bytes[cut].up == static_cast<double>(crossing_bytes(graph, cut)));
    std::size_t answers = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      if (is_output_made_in(graph, i, graph.end_of(cut), graph.nodes.size())) answers += graph.nodes[i].out.bytes();
    }
    REQUIRE(bytes[cut].down == static_cast<double>(answers));
  }
}

TEST_CASE("one pass finds what crosses every cut, on the way there and back") {
  check_bytes(models::alexnet);
  check_bytes(models::resnet8);
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    check_bytes(random_graph::make<40>(seed));
  }
}

TEST_CASE("bytes on the wire are those of frames") {
  std::vector<cut_bytes> bytes(models::lenet5.last + 1);
  fill_cut_bytes(models::lenet5, {}, bytes);
  // As in README: a picture of 400 floats takes 1,656 bytes, the answer 96.
  CHECK(bytes[6].up == 1656);
  CHECK(bytes[6].down == 96);
  CHECK(bytes[models::lenet5.last].up == 0);
  CHECK(bytes[models::lenet5.last].down == 0);
  for (cut_bytes& each : bytes) each = {};
  fill_cut_bytes(models::lenet5, wire_cost::of<codecs::f16>(), bytes);
  CHECK(bytes[6].up == 856);
}

TEST_CASE("layers that one kernel computes cost next to nothing, and more where they are parted") {
  const cut_plan plan{models::lenet5, slow, fast};
  // Layer 2 is the activation of convolution 1.
  CHECK(plan.device_layers()[2].seconds == 0);
  CHECK(plan.device_layers()[2].parted_seconds == doctest::Approx(28 * 28 * 6 * 1.1e-8).epsilon(0.2));
  profile apart = slow;
  apart.fuses = false;
  const cut_plan single{models::lenet5, apart, fast};
  CHECK(single.device_layers()[2].seconds > 0);
  CHECK(single.device_layers()[2].parted_seconds == 0);
}

TEST_CASE("a graph of run time has the same plan") {
  std::vector<layer_record> records;
  for (const node& each : models::resnet8.nodes) records.push_back(each.what);
  const runtime_graph twin{records};
  const cut_plan expected{models::resnet8, slow, fast};
  const cut_plan found{twin, slow, fast};
  REQUIRE(found.size() == expected.size());
  for (std::size_t cut = 0; cut < found.size(); ++cut) {
    CHECK(found.rows()[cut].device_seconds == expected.rows()[cut].device_seconds);
    CHECK(found.rows()[cut].server_seconds == expected.rows()[cut].server_seconds);
    CHECK(found.rows()[cut].bytes.up == expected.rows()[cut].bytes.up);
  }
}

TEST_CASE("measured layers can be planned as well") {
  std::vector<layer_cost> device(models::lenet5.last + 1, layer_cost{0.001, 0.004, 0});
  std::vector<layer_cost> server(models::lenet5.last + 1, layer_cost{0.0001, 0, 0});
  device[0] = server[0] = {};
  const cut_plan plan{models::lenet5, device, server};
  CHECK(plan.rows()[6].device_seconds == doctest::Approx(0.006));
  CHECK(plan.rows()[6].server_seconds == doctest::Approx(0.0006));
  CHECK(plan.best({.over = {1e9, 1e9, 0, 0, 0, 0}}).cut == 0);
}

}  // namespace
