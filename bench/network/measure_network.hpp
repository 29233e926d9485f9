// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NETWORK_MEASURE_NETWORK_HPP
#define CLEAVE_BENCH_NETWORK_MEASURE_NETWORK_HPP

/// @file
/// Times networks whole, and their device halves, with the counters of kernels: nominal multiply-adds of the layers,
/// all of their weights. Pin it to a core: taskset -c 3 bench_network

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include <cleave/network/make_network.hpp>
#include <cleave/simd/native.hpp>
#include <cleave/weights/random.hpp>

#include "../kernels/measure.hpp"

namespace cleave_bench {

template <class Pack>
struct with_pack : cleave::default_options {
  using pack = Pack;
};

template <const auto& Graph>
const auto& weights_of() {
  static const auto weights = cleave::random_weights<Graph>(42);
  return weights;
}

/// The layers 1..Last of a graph with one input.
template <const auto& Graph, class Pack, std::size_t Last = Graph.last>
void layers(benchmark::State& state) {
  using network = cleave::network<Graph, with_pack<Pack>, 1, Last>;
  const auto& weights = weights_of<Graph>();
  const auto run = std::make_unique<network>(weights);
  const floats elements = numbers(Graph.nodes[0].out.size(), 1);
  const std::span<const float, Graph.nodes[0].out.size()> input{elements};
  if constexpr (Last == Graph.last && Pack::fused == cleave::scalar_pack::fused) {
    const auto other = std::make_unique<cleave::network<Graph, with_pack<cleave::scalar_pack>>>(weights);
    if (!std::ranges::equal((*run)(input), (*other)(input)))
      return state.SkipWithError("not the bits of single floats");
  }
  double multiply_adds = 0;
  double weight_bytes = 0;
  for (std::size_t i = 0; i < Graph.end_of(Last); ++i) {
    multiply_adds += static_cast<double>(Graph.nodes[i].multiply_adds);
    weight_bytes += static_cast<double>(Graph.nodes[i].weights.floats * sizeof(float));
  }
  measure<Pack>(state, multiply_adds, 1, weight_bytes, [&] { benchmark::DoNotOptimize((*run)(input)); });
  state.counters["workspace"] = static_cast<double>(network::workspace_bytes);
}

}  // namespace cleave_bench

/// A network whole, for the pack of this processor and for single floats.
#define CLEAVE_BENCH_NETWORK(model)                                           \
  BENCHMARK(cleave_bench::layers<cleave::models::model, cleave::native_pack>) \
      ->Name(#model "/whole")                                                 \
      ->UseManualTime()                                                       \
      ->MinTime(0.2)                                                          \
      ->Unit(benchmark::kMicrosecond);                                        \
  BENCHMARK(cleave_bench::layers<cleave::models::model, cleave::scalar_pack>) \
      ->Name(#model "/whole/single floats")                                   \
      ->UseManualTime()                                                       \
      ->MinTime(0.1)                                                          \
      ->Unit(benchmark::kMicrosecond)

#endif
