// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/fusion.hpp>

#include <doctest/doctest.h>

#include <cleave/network/network.hpp>

namespace {

using namespace cleave;

/// How many nodes the group that starts at node `first` takes, of a graph of these layers behind an input "x".
template <class... Layers>
std::size_t length(std::size_t first, const Layers&... layers) {
  const auto graph = cleave::graph{input{.height = 4, .width = 4, .channels = 8, .name = "x"}, layers...};
  REQUIRE(graph.ok());
  const fused_group group = group_at(graph, first, graph.node_count);
  CHECK(group.first == first);
  return group.end - group.first;
}

constexpr conv2d conv{.channels = 8, .kernel = 3, .padding = 1};
constexpr conv2d named{.channels = 8, .kernel = 3, .padding = 1, .name = "y"};

}  // namespace

TEST_CASE("layers with weights and sums take the activation behind them") {
  CHECK(length(1, conv, relu{}) == 2);
  CHECK(length(1, depthwise_conv2d{.kernel = 3}, relu6{}) == 2);
  CHECK(length(1, locally_connected2d{.channels = 8, .kernel = 3}, leaky_relu{}) == 2);
  CHECK(length(1, dense{.units = 8}, hard_sigmoid{}) == 2);
  CHECK(length(1, conv, hard_swish{}) == 2);
  CHECK(length(1, conv, hard_tanh{}) == 2);
  CHECK(length(1, add{.with = "x"}, clip{0, 1}) == 2);
  CHECK(length(1, conv, relu{}, relu{}) == 2);
}

TEST_CASE("activations that take long, or that are no activation, are left alone") {
  CHECK(length(1, conv, sigmoid{}) == 1);
  CHECK(length(1, conv, cleave::tanh{}) == 1);
  CHECK(length(1, conv, softplus{}) == 1);
  CHECK(length(1, conv, prelu{}) == 1);
  CHECK(length(1, conv, batch_normalization{}) == 1);
  CHECK(length(1, conv, max_pool{.kernel = 2}) == 1);
  CHECK(length(1, max_pool{.kernel = 2}, relu{}) == 1);
  CHECK(length(1, relu{}, relu{}) == 1);
}

TEST_CASE("layers with weights take a sum of tensors of equal shape, and its activation") {
  CHECK(length(1, conv, add{.with = "x"}) == 2);
  CHECK(length(1, conv, add{.with = "x"}, relu{}) == 3);
  CHECK(length(1, dense{.units = 128}, flatten{.name = "f", .from = "x"}, add{.with = "f"}) == 1);
  CHECK(length(1, named, add{.with = "y", .from = "x"}, relu{}) == 3);
  CHECK(length(1, conv, add{.with = "x"}, sigmoid{}) == 2);
  CHECK(length(1, conv, subtract{.with = "x"}) == 1);
  CHECK(length(1, conv, multiply{.with = "x"}) == 1);
  // A number a channel, and twice the same value, are no residuals.
  CHECK(length(2, global_max_pool{.name = "g"}, conv2d{.channels = 8, .kernel = 1, .from = "x"}, add{.with = "g"}) ==
        1);
  CHECK(length(1, named, add{.with = "y"}) == 1);
}

TEST_CASE("a value that anyone else needs is stored") {
  CHECK(length(1, named, relu{.name = "z"}, sigmoid{.from = "y"}) == 1);
  CHECK(length(1, named, output{}, relu{}) == 1);
  CHECK(length(1, named, relu{}, output{.from = "y"}) == 1);
  CHECK(length(1, named, dropout{.from = "y"}, sigmoid{}, relu{.from = "y"}) == 1);
  CHECK(length(1, conv, add{.with = "x", .name = "s"}, relu{}, sigmoid{.from = "s"}) == 2);
  CHECK(length(1, named, relu{.from = "x"}, add{.with = "y"}) == 1);
}

TEST_CASE("a group ends at a cut") {
  const auto graph =
      cleave::graph{input{.height = 4, .width = 4, .channels = 8, .name = "x"}, conv, add{.with = "x"}, relu{}};
  CHECK(group_at(graph, 1, 4).end == 4);
  CHECK(group_at(graph, 1, 3).end == 3);
  CHECK(group_at(graph, 1, 2).end == 2);
  CHECK(group_at(graph, 1, 4, false).end == 2);
  const fused_group group = group_at(graph, 1, 4);
  CHECK(group.residual == 0);
  CHECK(group.post_processing() == epilogue{true, {activation_kind::relu, 0, 0, 0}});
}

TEST_CASE("only Winograd's form takes a pooling of 2x2 behind it") {
  const auto group = [](numeric_policy policy, int width, const auto&... layers) {
    const auto graph = cleave::graph{input{.height = 16, .width = width, .channels = 16, .name = "x"}, layers...};
    REQUIRE(graph.ok());
    return group_at(graph, 1, graph.node_count, true, policy);
  };
  constexpr auto policy = numeric_policy::winograd;
  constexpr conv2d wide{.channels = 16, .kernel = 3, .padding = same, .name = "y"};
  CHECK(group(policy, 16, wide, max_pool{.kernel = 2}).end == 3);
  CHECK(group(policy, 16, wide, relu{}, max_pool{.kernel = 2}).end == 4);
  CHECK(group(policy, 16, wide, add{.with = "x"}, relu{}, max_pool{.kernel = 2}).end == 5);
  CHECK(group(policy, 16, wide, relu{}, max_pool{.kernel = 2}).post_processing() ==
        epilogue{false, {activation_kind::relu}, true});
  CHECK(group(numeric_policy::in_order, 16, wide, relu{}, max_pool{.kernel = 2}).end == 3);
  CHECK(group(policy, 16, conv2d{.channels = 16, .kernel = 1}, max_pool{.kernel = 2}).end == 2);
  CHECK(group(policy, 15, wide, max_pool{.kernel = 2}).end == 2);
  CHECK(group(policy, 16, wide, max_pool{.kernel = 3, .stride = 2}).end == 2);
  CHECK(group(policy, 16, wide, max_pool{.kernel = 2, .stride = 1}).end == 2);
  CHECK(group(policy, 16, wide, max_pool{.kernel = 2, .padding = 1}).end == 2);
  CHECK(group(policy, 16, wide, average_pool{.kernel = 2}).end == 2);
  CHECK(group(policy, 16, wide, max_pool{.kernel = 2}, output{.from = "y"}).end == 2);
  const auto graph =
      cleave::graph{input{.height = 16, .width = 16, .channels = 16}, wide, relu{}, max_pool{.kernel = 2}};
  CHECK(group_at(graph, 1, 3, true, policy).end == 3);  // a cut before the pooling
}

TEST_CASE("a convolution whose result is only concatenated writes among the channels of the concatenation") {
  const auto into = [](const auto& graph, std::size_t first, std::size_t end) {
    REQUIRE(graph.ok());
    return destination_of(graph, group_at(graph, first, end), end);
  };
  const input x{.height = 4, .width = 4, .channels = 8, .name = "x"};
  const conv2d beside{.channels = 4, .kernel = 1, .name = "z", .from = "x"};
  const auto graph = cleave::graph{x, named, relu{.name = "a"}, beside, relu{}, concat{.with = {"a"}}};
  CHECK(into(graph, 1, 6).node == 5);
  CHECK(into(graph, 1, 6).channel == 4);
  CHECK(into(graph, 3, 6).node == 5);
  CHECK(into(graph, 3, 6).channel == 0);
  CHECK(into(graph, 1, 5).node == -1);  // a cut before the concatenation
  const auto twice = cleave::graph{x, named, concat{.with = {"y"}}};
  CHECK(into(twice, 1, 3).node == -1);
  const auto read = cleave::graph{x, named, relu{.from = "y"}, sigmoid{.from = "y"}, concat{.with = {"y"}}};
  CHECK(into(read, 1, 5).node == -1);
  const auto answer = cleave::graph{x, named, output{}, concat{.with = {"x"}, .from = "y"}};
  CHECK(into(answer, 1, 4).node == -1);
  const auto rows = cleave::graph{x, named, concat{.with = {"x"}, .axis = cleave::axis::height}};
  CHECK(into(rows, 1, 3).node == -1);
  const auto depthwise =
      cleave::graph{x, conv2d{.channels = 8, .kernel = 3, .padding = 1, .groups = 8}, concat{.with = {"x"}}};
  CHECK(into(depthwise, 1, 3).node == -1);
  const auto sum = cleave::graph{x, conv, add{.with = "x"}, concat{.with = {"x"}}};
  CHECK(into(sum, 1, 4).node == -1);
}
