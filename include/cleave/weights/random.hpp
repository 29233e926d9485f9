// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_RANDOM_HPP
#define CLEAVE_WEIGHTS_RANDOM_HPP

/// @file
/// Seeded weights for tests and benchmarks, the same on every target. Hosted: allocates.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <cleave/core/random_bits.hpp>
#include <cleave/weights/pack.hpp>

namespace cleave {

/// From -1 to below 1 in steps of 2^-23: exact as a float.
constexpr float random_unit(random_bits& random) noexcept {
  const auto steps = static_cast<std::int32_t>(random.next() >> 40) - (1 << 23);
  return static_cast<float>(steps) * (1.0F / static_cast<float>(1 << 23));
}

/// Weights drawn uniformly, scaled so that activations keep their size from layer to layer (He et al., 2015), with
/// small biases. Equal seeds give equal bits on every target.
template <const auto& Graph>
owned_weights<Graph> random_weights(std::uint64_t seed) {
  [[maybe_unused]] const checked_graph<Graph> graph_is_sound;
  owned_weights<Graph> weights;
  random_bits random{seed};
  // In the order in which they are stored, so that a reordered graph has the same.
  std::vector<std::size_t> layer_at(Graph.last + 1);
  for (std::size_t layer = 1; layer <= Graph.last; ++layer) {
    layer_at[Graph.nodes[Graph.end_of(layer) - 1].weights.line] = layer;
  }
  for (std::size_t line = 1; line <= Graph.last; ++line) {
    const std::size_t layer = layer_at[line];
    const node& of = Graph.nodes[Graph.end_of(layer) - 1];
    if (of.weights.floats == 0) continue;
    const detail::parameter_count count = detail::parameters_of(of);
    const bool multiplies = of.multiply_adds > 0;
    const std::uint64_t products = std::max<std::uint64_t>(1, of.multiply_adds / of.out.size());
    // The variance of a uniform number in [-a, a) is a^2 / 3.
    const float spread = multiplies ? std::sqrt(6.0F / static_cast<float>(products)) : 0.25F;
    std::vector<float> numbers(count.weights);
    std::vector<float> bias(count.bias);
    for (float& each : numbers) each = random_unit(random) * spread;
    for (float& each : bias) each = random_unit(random) * 0.0625F;
    layer_parameters parameters{numbers, bias};
    std::vector<float> mean;
    std::vector<float> variance;
    if (of.what.kind == op::batch_normalization) {
      for (float& each : numbers) each += 1.0F;
      mean.assign(count.weights, 0.125F);
      variance.assign(count.weights, 1.0F);
      parameters = {numbers, bias, mean, variance};
    }
    std::vector<float> floats(of.weights.floats);
    // Sizes are right by construction.
    (void)pack_layer(of, parameters, floats.data());
    weights.write(layer, floats);
  }
  weights.seal();
  return weights;
}

}  // namespace cleave
#endif
