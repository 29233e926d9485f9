// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/any_cut.hpp>

#include <doctest/doctest.h>

#include <cleave/weights/slice.hpp>
#include <memory>

#include "check_network.hpp"
#include "graphs.hpp"

namespace {

using two = cleave::any_cut<graphs::two_inputs>;
static_assert(std::is_same_v<two::graph_answer, std::span<const float, 7>>);
static_assert(two::tensors::first_cut == 0 && two::tensors::last_cut == graphs::two_inputs.last);
static_assert(!std::is_constructible_v<two, cleave::owned_weights<graphs::two_inputs>>, "it would view a temporary");

template <class Graph>
std::vector<check_network::values> halved(const Graph&, std::vector<check_network::values> inputs) {
  for (auto& input : inputs) {
    for (float& each : input) each /= 2;
  }
  return inputs;
}

/// Runs behind every cut, each time after other inputs behind another cut, so that nothing right can be left over.
/// Returns the first cut that is wrong, or one behind the last.
template <const auto& Graph>
std::size_t first_wrong() {
  const auto weights = cleave::random_weights<Graph>(42);
  const auto inputs = check_network::some_inputs<Graph>();
  const auto others = halved(Graph, inputs);
  const auto expected = reference_network::run(Graph, weights.source(), inputs);
  const auto device = std::make_unique<cleave::any_cut<Graph>>(weights);
  const auto forward = [&](const auto& on) {
    return check_network::with_inputs<Graph>(on, [&](auto... each) { return device->forward(each...); });
  };
  for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
    if (!device->set_cut(Graph.last - cut)) return cut;
    (*device)(forward(others));

    if (!device->set_cut(cut) || device->cut() != cut) return cut;
    const auto before = forward(inputs);
    const auto nodes = check_network::nodes_that_cross(Graph, cut);
    if (before.cut != cut || before.size() != nodes.size()) return cut;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!check_network::same_bytes(before.sent(i), check_network::bytes_of(expected[nodes[i]]))) return cut;
    }
    if (!check_network::is_reference<Graph>((*device)(before), expected)) return cut;

    // A server's answers, from elsewhere, joined with what has been made here.
    const auto again = forward(inputs);
    std::vector<const std::byte*> behind;
    for (const std::size_t output : cleave::output_nodes<Graph>()) {
      const bool here = static_cast<std::size_t>(Graph.nodes[output].root) < Graph.end_of(cut);
      if (!here) behind.push_back(check_network::bytes_of(expected[output]).data());
    }
    if (behind.size() != decltype(again)::behind_at(cut).size()) return cut;
    if (!check_network::is_reference<Graph>(cleave::merge_answers(again, behind.data()), expected)) return cut;
  }
  return Graph.last + 1;
}

}  // namespace

TEST_CASE("behind every cut chosen at run time the same crosses, and the same is answered, as in the plain loops") {
  CHECK(first_wrong<graphs::two_inputs>() == graphs::two_inputs.last + 1);
  CHECK(first_wrong<graphs::concats>() == graphs::concats.last + 1);
  CHECK(first_wrong<graphs::residuals>() == graphs::residuals.last + 1);
  CHECK(first_wrong<graphs::many_outputs>() == graphs::many_outputs.last + 1);
  CHECK(first_wrong<graphs::passed_through>() == graphs::passed_through.last + 1);
  CHECK(first_wrong<graphs::renames_everywhere>() == graphs::renames_everywhere.last + 1);
}

TEST_CASE("a cut that the graph does not have is refused and changes nothing") {
  const auto weights = cleave::random_weights<graphs::two_inputs>(42);
  two device{weights};
  CHECK(device.cut() == 0);
  REQUIRE(device.set_cut(3));
  CHECK(device.set_cut(graphs::two_inputs.last + 1).error() == cleave::errc::bad_cut);
  CHECK(device.cut() == 3);
  CHECK(device.weights_fingerprint() == weights.fingerprint());
}

namespace {

/// At every cut up to the bound, on weights of the layers up to it: the same crosses as from the whole, and what the
/// whole makes behind the cut completes the answer. Returns the first cut that is wrong, or one behind the bound.
template <const auto& Graph, std::size_t Most>
std::size_t first_wrong_up_to() {
  using bounded = cleave::any_cut_up_to<Graph, Most>;
  using whole = cleave::any_cut<Graph>;
  static_assert(bounded::workspace_bytes <= whole::workspace_bytes);
  static_assert(bounded::tensors::last_cut == Most);
  static_assert(std::is_invocable_v<whole&, typename whole::tensors>);
  static_assert(!std::is_invocable_v<bounded&, typename bounded::tensors>, "it has not the layers to finish with");
  const auto weights = cleave::random_weights<Graph>(42);
  const auto bytes = cleave::slice_weights(weights.bytes(), 1, Most);
  if (!bytes) return 0;
  const auto slice = cleave::view_weights<Graph, cleave::up_to(Most)>(bytes->all());
  if (!slice) return 0;
  const auto inputs = check_network::some_inputs<Graph>();
  const auto expected = reference_network::run(Graph, weights.source(), inputs);
  const auto device = std::make_unique<bounded>(*slice);
  for (std::size_t step = 0; step <= Most; ++step) {
    const std::size_t cut = step % 2 == 0 ? step / 2 : Most - step / 2;  // up and down in turns
    if (!device->set_cut(cut)) return cut;
    const auto before =
        check_network::with_inputs<Graph>(inputs, [&](auto... each) { return device->forward(each...); });
    const auto nodes = check_network::nodes_that_cross(Graph, cut);
    if (before.size() != nodes.size()) return cut;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!check_network::same_bytes(before.sent(i), check_network::bytes_of(expected[nodes[i]]))) return cut;
    }
    std::vector<const std::byte*> behind;
    for (const std::size_t output : cleave::output_nodes<Graph>()) {
      const bool here = static_cast<std::size_t>(Graph.nodes[output].root) < Graph.end_of(cut);
      if (!here) behind.push_back(check_network::bytes_of(expected[output]).data());
    }
    if (behind.size() != decltype(before)::behind_at(cut).size()) return cut;
    if (!check_network::is_reference<Graph>(cleave::merge_answers(before, behind.data()), expected)) return cut;
  }
  if (device->set_cut(Most + 1).error() != cleave::errc::bad_cut || device->cut() > Most) return Most;
  return Most + 1;
}

/// Every bound of a graph.
template <const auto& Graph>
bool is_right_up_to_every_layer() {
  return []<std::size_t... Most>(std::index_sequence<Most...>) {
    return ((first_wrong_up_to<Graph, Most>() == Most + 1) && ...);
  }(std::make_index_sequence<Graph.last>{});
}

}  // namespace

TEST_CASE("a device that holds the layers up to a bound runs every cut up to it, bit for bit") {
  CHECK(is_right_up_to_every_layer<graphs::two_inputs>());
  CHECK(is_right_up_to_every_layer<graphs::passed_through>());
  CHECK(first_wrong_up_to<graphs::many_outputs, graphs::many_outputs.last / 2>() == graphs::many_outputs.last / 2 + 1);
  CHECK(first_wrong_up_to<graphs::residuals, graphs::residuals.last / 2>() == graphs::residuals.last / 2 + 1);
  CHECK(first_wrong_up_to<graphs::concats, graphs::concats.last / 2>() == graphs::concats.last / 2 + 1);
}

TEST_CASE("a bound leaves out weights and workspace") {
  using bounded = cleave::any_cut_up_to<graphs::two_inputs, 1>;
  static_assert(std::is_constructible_v<bounded, const cleave::weights_view<graphs::two_inputs, 1, 1>&>);
  static_assert(!std::is_constructible_v<two, const cleave::weights_view<graphs::two_inputs, 1, 1>&>);
  CHECK(bounded::highest_cut == 1);
  CHECK(bounded::workspace_bytes < two::workspace_bytes);
}

TEST_CASE("inputs that are written where they belong need no copy") {
  const auto weights = cleave::random_weights<graphs::two_inputs>(42);
  const auto inputs = check_network::some_inputs<graphs::two_inputs>();
  const auto expected = reference_network::run(graphs::two_inputs, weights.source(), inputs);
  two device{weights};
  REQUIRE(device.set_cut(6));
  std::ranges::copy(inputs[0], device.input().begin());
  std::ranges::copy(inputs[1], device.input<1>().begin());
  const auto before = device.forward(device.input(), device.input<1>());
  CHECK(check_network::is_reference<graphs::two_inputs>(device(before), expected));
}
