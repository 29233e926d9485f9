// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/graph/cut.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/graph/runtime_graph.hpp>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/network/plan.hpp>
#include <vector>

#include "../../examples/digits/digits.hpp"

namespace {

template <class Graph>
cleave::runtime_graph twin_of(const Graph& graph) {
  std::vector<cleave::layer_record> records;
  for (const cleave::node& each : graph.nodes) records.push_back(each.what);
  return cleave::runtime_graph{records};
}

template <class Graph>
void check_twin(const Graph& graph) {
  const cleave::runtime_graph twin = twin_of(graph);
  REQUIRE(twin.ok());
  CHECK(twin.node_count == graph.node_count);
  CHECK(twin.last == graph.last);
  CHECK(cleave::fingerprint(twin) == cleave::fingerprint(graph));
  CHECK(twin.weight_bytes == graph.weight_bytes);
  for (std::size_t i = 0; i < graph.node_count; ++i) {
    CHECK(twin.nodes[i].weights.offset == graph.nodes[i].weights.offset);
    CHECK(twin.nodes[i].out == graph.nodes[i].out);
    CHECK(twin.nodes[i].is_output == graph.nodes[i].is_output);
  }
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    CHECK(cleave::crossing_bytes(twin, cut) == cleave::crossing_bytes(graph, cut));
    const cleave::plan_request device{graph.inputs, graph.end_of(cut), false, 64};
    const auto expected = cleave::plan_memory(graph, device);
    const auto plan = cleave::plan_memory(twin, device);
    CHECK(plan.bytes == expected.bytes);
    for (std::size_t i = 0; i < graph.node_count; ++i) CHECK(plan.offset[i] == expected.offset[i]);
  }
}

}  // namespace

TEST_CASE("a graph made at run time is the same as its twin made while compiling") {
  check_twin(digits);
  check_twin(cleave::models::lenet5);
  check_twin(cleave::models::resnet8);
  check_twin(cleave::models::alexnet);
}

TEST_CASE("a graph made at run time keeps its first defect") {
  const std::vector<cleave::layer_record> records{cleave::input{.height = 4, .width = 4, .channels = 1},
                                                  cleave::conv2d{.channels = 2, .kernel = 5}, cleave::relu{}};
  const cleave::runtime_graph graph{records};
  CHECK(!graph.ok());
  CHECK(graph.first_defect.layer == 1);
  CHECK(graph.first_defect.kind == cleave::op::conv2d);
  CHECK(graph.first_defect.needs == cleave::need::a_window_within_the_padded_input);
}

TEST_CASE("an input that nothing reads is a defect of a graph made at run time") {
  const std::vector<cleave::layer_record> records{cleave::input{.name = "used"}, cleave::input{.name = "unused"},
                                                  cleave::relu{.from = "used"}};
  const cleave::runtime_graph graph{records};
  CHECK(graph.first_defect.needs == cleave::need::a_use_for_every_input);
  CHECK(graph.first_defect.kind == cleave::op::input);
}
