// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_REFERENCE_NETWORK_HPP
#define CLEAVE_TESTS_NETWORK_REFERENCE_NETWORK_HPP

/// @file
/// The oracle of networks: walks over the nodes of a graph and computes every value by testing/reference_layer.hpp
/// into memory of its own. Knows nothing of fusion, plans, steps and cuts.

#include <cleave/graph/graph.hpp>
#include <cleave/simd/scalar_pack.hpp>
#include <cleave/testing/reference_layer.hpp>
#include <cleave/weights/view.hpp>
#include <cstddef>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace reference_network {

/// The elements of a tensor; those of int32 lie in the same four bytes.
using values = std::vector<float>;

/// The values of all nodes of `graph` for these inputs, one span an input.
template <class Graph>
std::vector<values> run(const Graph& graph, const cleave::weight_source& weights, const std::vector<values>& inputs) {
  std::vector<values> all;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const cleave::node& of = graph.nodes[index];
    if (of.what.kind == cleave::op::input) {
      all.push_back(inputs.at(index));
      continue;
    }
    std::vector<cleave::tensor_view> views;
    for (int k = 0; k < of.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      views.push_back({all[source].data(), graph.nodes[source].out});
    }
    const float* const own_weights = of.weights.floats > 0 ? weights.at(of.weights.offset) : nullptr;
    values out(of.out.size());
    if (of.what.kind == cleave::op::custom) {
      std::apply(
          [&](const auto&... own) {
            [[maybe_unused]] int number = 0;
            ((number++ == of.what.custom ? own.template run<cleave::scalar_pack>(cleave::layer_arguments{
                                               views, out.data(), of.out, own_weights, {0, of.out.height}})
                                         : void()),
             ...);
          },
          graph.customs);
    } else {
      cleave::testing::compute_reference(of, views, own_weights, out.data());
    }
    all.push_back(out);
  }
  return all;
}

}  // namespace reference_network
#endif
