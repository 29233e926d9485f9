// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_CHECK_NETWORK_HPP
#define CLEAVE_TESTS_NETWORK_CHECK_NETWORK_HPP

/// @file
/// What must hold of every graph: the whole network gives the bits of the reference, and so does every pair of halves,
/// made while compiling or cut at run time.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/core/static_for.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/network.hpp>
#include <cleave/weights/random.hpp>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "reference_network.hpp"

namespace check_network {

using reference_network::values;

struct on_scalars : cleave::default_options {
  using pack = cleave::scalar_pack;
};

/// Numbers in steps of 2^-10 from -1 to 1, and some zeros.
template <const auto& Graph>
std::vector<values> some_inputs(std::uint64_t seed = 7) {
  cleave::random_bits random{seed};
  std::vector<values> inputs;
  for (std::size_t i = 0; i < Graph.inputs; ++i) {
    values each(Graph.nodes[i].out.size());
    for (float& element : each) element = (static_cast<float>(random.below(2049)) - 1024.0F) / 1024.0F;
    inputs.push_back(each);
  }
  return inputs;
}

/// Calls `function` with one span an input, sizes in their types.
template <const auto& Graph, class Function>
auto with_inputs(const std::vector<values>& inputs, Function&& function) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return function(cleave::tensor_span<Graph, I>{inputs[I]}...);
  }(std::make_index_sequence<Graph.inputs>{});
}

inline std::span<const std::byte> bytes_of(const values& from) { return std::as_bytes(std::span{from}); }

inline bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

/// An answer's tensors, whether it is one span or several.
template <const auto& Graph>
std::vector<std::span<const std::byte>> tensors_of(const cleave::answer_of<Graph>& answer) {
  std::vector<std::span<const std::byte>> all;
  if constexpr (cleave::output_nodes<Graph>().size() == 1) {
    all.push_back(std::as_bytes(std::span{answer}));
  } else {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (all.push_back(std::as_bytes(std::span{answer.template get<I>()})), ...);
    }(std::make_index_sequence<std::tuple_size_v<cleave::outputs<Graph>>>{});
  }
  return all;
}

/// Whether an answer has the bits that the reference computed.
template <const auto& Graph>
bool is_reference(const cleave::answer_of<Graph>& answer, const std::vector<values>& expected) {
  constexpr auto nodes = cleave::output_nodes<Graph>();
  const auto tensors = tensors_of<Graph>(answer);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!same_bytes(tensors[i], bytes_of(expected[nodes[i]]))) return false;
  }
  return true;
}

/// The whole network, with this pack, twice in a row.
template <const auto& Graph, class Options>
bool whole_is_reference() {
  const auto weights = cleave::random_weights<Graph>(42);
  const auto whole = std::make_unique<cleave::network<Graph, Options>>(weights);
  for (const std::uint64_t seed : {1U, 2U}) {
    const auto inputs = some_inputs<Graph>(seed);
    const auto expected = reference_network::run(Graph, weights.source(), inputs);
    const auto answer = with_inputs<Graph>(inputs, [&](auto... each) { return (*whole)(each...); });
    if (!is_reference<Graph>(answer, expected)) return false;
  }
  return true;
}

/// One compile-time cut; the halves know only the weights of their own layers.
template <const auto& Graph, cleave::cut_point Cut, class Options = cleave::default_options>
bool split_is_reference(const cleave::weights_view<Graph>& weights, const std::vector<values>& inputs,
                        const std::vector<values>& expected) {
  const auto device = std::make_unique<cleave::device_half<Graph, Cut, Options>>(weights);
  const auto remote = std::make_unique<cleave::remote_half<Graph, Cut, Options>>(weights);
  const auto crossing = with_inputs<Graph>(inputs, [&](auto... each) { return (*device)(each...); });
  return is_reference<Graph>((*remote)(crossing), expected);
}

/// Every K from Begin to before End, as template arguments. Returns the first that is wrong, or End.
template <const auto& Graph, std::size_t Begin = 0, std::size_t End = Graph.last + 1>
std::size_t first_wrong_split() {
  const auto weights = cleave::random_weights<Graph>(42);
  const auto inputs = some_inputs<Graph>();
  const auto expected = reference_network::run(Graph, weights.source(), inputs);
  std::size_t wrong = End;
  cleave::static_for<End - Begin>([&]<std::size_t I>() {
    constexpr std::size_t cut = Begin + I;
    if (!split_is_reference<Graph, cut>(weights, inputs, expected)) wrong = std::min(wrong, cut);
  });
  return wrong;
}

/// Fills every tensor that any cut or answer can name with NaNs, so that nothing old is taken for a result.
template <class Runner>
void poison(Runner& runner) {
  for (std::size_t cut = 0; cut <= Runner::graph.last; ++cut) {
    for (const auto& which : Runner::crossing(cut)) std::ranges::fill(runner.tensor(which), std::byte{0xFF});
    for (const auto& which : Runner::outputs_after(cut)) std::ranges::fill(runner.tensor(which), std::byte{0xFF});
  }
}

/// The nodes that cross behind `cut`, in order: worked out anew from the definition, without `last_use` and `crosses`.
template <class Graph>
std::vector<std::size_t> nodes_that_cross(const Graph& graph, std::size_t cut) {
  std::vector<std::size_t> found;
  const std::size_t end = graph.end_of(cut);
  for (std::size_t i = 0; i < end; ++i) {
    if (cleave::renames(graph.nodes[i].what.kind)) continue;
    std::vector<bool> names(graph.nodes.size());
    names[i] = true;
    bool used_later = false;
    for (std::size_t k = i + 1; k < graph.nodes.size(); ++k) {
      for (int input = 0; input < graph.nodes[k].what.arity; ++input) {
        if (!names[static_cast<std::size_t>(graph.nodes[k].inputs[static_cast<std::size_t>(input)])]) continue;
        if (cleave::renames(graph.nodes[k].what.kind)) {
          names[k] = true;
        } else {
          used_later = used_later || k >= end;
        }
      }
    }
    if (used_later) found.push_back(i);
  }
  return found;
}

/// A runner cut at `cut`: the device's part makes the tensors that cross, and the rest made of those alone is right.
template <class Runner, class Graph>
bool cut_is_reference(Runner& runner, const Graph& graph, std::size_t cut, const std::vector<values>& inputs,
                      const std::vector<values>& expected) {
  const std::vector<std::size_t> nodes = nodes_that_cross(graph, cut);
  const auto crossing = Runner::crossing(cut);
  if (nodes.size() != crossing.size()) return false;

  poison(runner);
  const std::vector<std::size_t> read = nodes_that_cross(graph, 0);
  for (std::size_t i = 0; i < read.size(); ++i) {
    std::ranges::copy(bytes_of(inputs[read[i]]), runner.tensor(Runner::crossing(0)[i]).begin());
  }
  runner.run(1, cut);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!same_bytes(runner.tensor(crossing[i]), bytes_of(expected[nodes[i]]))) return false;
  }

  poison(runner);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::ranges::copy(bytes_of(expected[nodes[i]]), runner.tensor(crossing[i]).begin());
  }
  runner.run(cut + 1, graph.last);
  std::size_t made = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!graph.nodes[i].is_output || static_cast<std::size_t>(graph.nodes[i].root) < graph.end_of(cut)) continue;
    if (made >= Runner::outputs_after(cut).size()) return false;
    if (!same_bytes(runner.tensor(Runner::outputs_after(cut)[made++]), bytes_of(expected[i]))) return false;
  }
  return made == Runner::outputs_after(cut).size();
}

/// Every cut at run time, and every layer by itself. Returns the first cut that is wrong, or one behind the last.
template <const auto& Graph, class Options = cleave::default_options>
std::size_t first_wrong_cut() {
  using runner_type = cleave::cut_runner<Graph, Options>;
  const auto weights = cleave::random_weights<Graph>(42);
  const auto inputs = some_inputs<Graph>();
  const auto expected = reference_network::run(Graph, weights.source(), inputs);
  const auto runner = std::make_unique<runner_type>(weights);
  for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
    if (!cut_is_reference(*runner, Graph, cut, inputs, expected)) return cut;
  }
  // One layer at a time, nothing copied between them.
  poison(*runner);
  for (std::size_t i = 0; i < runner_type::crossing(0).size(); ++i) {
    std::ranges::copy(bytes_of(inputs[nodes_that_cross(Graph, 0)[i]]),
                      runner->tensor(runner_type::crossing(0)[i]).begin());
  }
  for (std::size_t layer = 1; layer <= Graph.last; ++layer) runner->run(layer, layer);
  const auto outputs = cleave::output_nodes<Graph, Graph.inputs>();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!same_bytes(runner->tensor(runner_type::outputs_after(0)[i]), bytes_of(expected[outputs[i]]))) return 0;
  }
  return Graph.last + 1;
}

/// All of it: the whole network on both packs (or on the native one where a build is there for that alone), every cut
/// while compiling and at run time.
template <const auto& Graph>
void check_all() {
  CHECK(whole_is_reference<Graph, cleave::default_options>());
#if !defined(CLEAVE_TEST_NATIVE_PACK_ONLY)
  CHECK(whole_is_reference<Graph, on_scalars>());
#endif
  CHECK(first_wrong_split<Graph>() == Graph.last + 1);
  CHECK(first_wrong_cut<Graph>() == Graph.last + 1);
}

}  // namespace check_network
#endif
