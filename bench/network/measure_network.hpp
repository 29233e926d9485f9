// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NETWORK_MEASURE_NETWORK_HPP
#define CLEAVE_BENCH_NETWORK_MEASURE_NETWORK_HPP

/// @file
/// Times networks whole, and their device halves. Pin it to a core: taskset -c 3 bench_network

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>

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

template <const auto& Graph>
std::vector<float> picture() {
  std::vector<float> elements(Graph.nodes[0].out.size());
  for (std::size_t at = 0; at < elements.size(); ++at) elements[at] = static_cast<float>(at % 29) / 29;
  return elements;
}

template <const auto& Graph>
void count(benchmark::State& state, std::uint64_t multiply_adds, std::size_t workspace) {
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * static_cast<double>(multiply_adds), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["workspace"] = static_cast<double>(workspace);
}

/// The layers 1..Last of a graph with one input.
template <const auto& Graph, class Pack, std::size_t Last = Graph.last>
void layers(benchmark::State& state) {
  using network = cleave::network<Graph, with_pack<Pack>, 1, Last>;
  const auto& weights = weights_of<Graph>();
  const auto run = std::make_unique<network>(weights);
  const std::vector<float> elements = picture<Graph>();
  const std::span<const float, Graph.nodes[0].out.size()> input{elements};
  if constexpr (Last == Graph.last && Pack::fused == cleave::scalar_pack::fused) {
    const auto other = std::make_unique<cleave::network<Graph, with_pack<cleave::scalar_pack>>>(weights);
    if (!std::ranges::equal((*run)(input), (*other)(input)))
      return state.SkipWithError("not the bits of single floats");
  }
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize((*run)(input));
    benchmark::ClobberMemory();
  }
  std::uint64_t multiply_adds = 0;
  for (std::size_t i = 0; i < Graph.end_of(Last); ++i) multiply_adds += Graph.nodes[i].multiply_adds;
  count<Graph>(state, multiply_adds, network::workspace_bytes);
}

}  // namespace cleave_bench
#endif
