// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/graph/cut.hpp>
#include <cleave/graph/reorder.hpp>
#include <cleave/graph/runtime_graph.hpp>
#include <cleave/models/squeezenet1_1.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/network.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>
#include <vector>

#include "random_graph.hpp"

namespace {

using namespace cleave;

// Two branches of two outputs; the second branch, which comes later, is for the device.
inline constexpr auto net = graph{
    input{.height = 8, .width = 8, .channels = 4},
    relu{.name = "x"},
    conv2d{.channels = 8, .kernel = 3, .padding = same},
    relu{},
    conv2d{.channels = 6, .kernel = 1, .name = "heavy"},
    output{},
    conv2d{.channels = 5, .kernel = 3, .stride = 2, .from = "x"},
    relu{.name = "light"},
    global_average_pool{},
    output{},
    dense{.units = 3, .from = "light"},
};
// [set]
constexpr auto light_branch = [] {
  std::array<bool, net.node_count> set{};
  set[static_cast<std::size_t>(net.find("light"))] = true;
  close_over_inputs(net, set);  // and all that it needs
  return set;
}();
inline constexpr auto swapped = reorder(net, light_branch);
constexpr std::size_t cut = layers_in(net, light_branch);

// [/set]
static_assert(swapped.ok() && cut == 3);
static_assert(swapped.nodes[3].what.name == "light" && swapped.last == net.last);
static_assert(fingerprint(swapped) != fingerprint(net));
static_assert(weight_graph_fingerprint(swapped) == fingerprint(net));
// What crosses there is the one value that both branches begin with, and the light branch's own.
static_assert(count_crossing(swapped, cut) == 2);

template <std::size_t Size>
bool same_bits(std::span<const float, Size> a, std::span<const float, Size> b) {
  return std::equal(a.begin(), a.end(), b.begin());
}

TEST_CASE("a reordered graph takes the same blob, gives the same bits and its answers in the same order") {
  const auto weights = random_weights<net>(5);
  const auto viewed = view_weights<swapped>(weights.bytes());
  REQUIRE(viewed);
  CHECK(viewed->fingerprint() == weights.fingerprint());
  CHECK(random_weights<swapped>(5).fingerprint() == weights.fingerprint());
  const std::span<const std::byte> own = weights.bytes();
  const auto again = random_weights<swapped>(5);
  CHECK(std::equal(own.begin(), own.end(), again.bytes().begin(), again.bytes().end()));

  std::vector<float> image(8 * 8 * 4);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i % 13) / 8 - 0.5F;
  const std::span<const float, 8 * 8 * 4> in{image.data(), 8 * 8 * 4};
  network<net> whole{weights};
  network<swapped> other{*viewed};
  const auto expected = whole(in);
  const auto found = other(in);
  CHECK(same_bits(expected.get<0>(), found.get<0>()));
  CHECK(same_bits(expected.get<1>(), found.get<1>()));
  CHECK(same_bits(expected.get<2>(), found.get<2>()));

  auto [device, remote] = other.split<cut>();
  const auto divided = remote(device(in));
  CHECK(same_bits(expected.get<0>(), divided.get<0>()));
  CHECK(same_bits(expected.get<1>(), divided.get<1>()));
  CHECK(same_bits(expected.get<2>(), divided.get<2>()));
}

TEST_CASE("a device needs the weights of its own layers only, wherever they are in the blob") {
  const auto weights = random_weights<net>(6);
  // Of the device half only layer 6 of the blob has weights.
  const auto slice = slice_weights(weights.bytes(), 6, 6);
  REQUIRE(slice);
  CHECK(view_weights<swapped, up_to(cut)>(slice->all()));
  CHECK(view_weights<swapped>(slice->all()).error() == errc::missing_layers);
  CHECK(view_weights<net, up_to(cut)>(slice->all()).error() == errc::missing_layers);
}

TEST_CASE("reordering back gives the first order again, and nothing moved gives the graph itself") {
  std::array<bool, net.node_count> all{};
  all.fill(true);
  CHECK(fingerprint(reorder(net, all)) == fingerprint(net));
  CHECK(reorder(net, all).stored_fingerprint == 0);
}

TEST_CASE("lifetimes, cuts and totals of random graphs survive any set") {
  random_bits random{17};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto graph = random_graph::make<30>(seed);
    std::array<bool, 30> set{};
    for (bool& each : set) each = random.below(4) == 0;
    const auto other = reorder(graph, set);
    close_over_inputs(graph, set);
    CAPTURE(seed);
    REQUIRE(other.multiply_adds() == graph.multiply_adds());
    REQUIRE(other.weight_bytes == graph.weight_bytes);
    const std::size_t layers = layers_in(graph, set);
    // What crosses: the values of the set that something outside reads.
    std::size_t crossing = 0;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      if (!set[i] || graph.nodes[i].root != static_cast<int>(i)) continue;
      bool outside = false;
      for (std::size_t k = 0; k < graph.nodes.size(); ++k) {
        const node& reader = graph.nodes[k];
        for (int input = 0; !set[k] && !renames(reader.what.kind) && input < reader.what.arity; ++input) {
          const auto source = static_cast<std::size_t>(reader.inputs[static_cast<std::size_t>(input)]);
          outside = outside || graph.nodes[source].root == static_cast<int>(i);
        }
      }
      crossing += outside ? graph.nodes[i].out.bytes() : 0;
    }
    REQUIRE(crossing_bytes(other, layers) == crossing);
    for (std::size_t i = 0; i < other.nodes.size(); ++i) {
      for (int k = 0; k < other.nodes[i].what.arity; ++k) {
        REQUIRE(other.nodes[i].inputs[static_cast<std::size_t>(k)] < static_cast<int>(i));
      }
    }
  }
}

}  // namespace
