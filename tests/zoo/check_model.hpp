// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ZOO_CHECK_MODEL_HPP
#define CLEAVE_TESTS_ZOO_CHECK_MODEL_HPP

/// @file
/// A network of include/cleave/models with random weights: whole it gives the bits of its layers one by one, and those
/// behind every cut.

#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "../../bench/compile_time/whole_and_cuts.hpp"
#include "network/reference_network.hpp"

namespace zoo {

/// Every cut made while it runs, `Splits` made while compiling.
template <const auto& Graph, std::size_t Splits = Graph.last + 1>
void check() {
  const auto weights = cleave::random_weights<Graph>(42);
  const auto whole = cleave::make_network<Graph>(weights);
  const std::vector<float> pixels = compile_time::some_picture<Graph>();

  const auto values = reference_network::run(Graph, weights.source(), {pixels});
  const auto answer = (*whole)(std::span<const float, Graph.nodes[0].out.size()>{pixels});
  CHECK(compile_time::same(std::as_bytes(answer), std::as_bytes(std::span{values.back()})));
  // The answer may be one of few; what it is made of is not.
  const auto& before = values[values.size() - 2];
  CHECK(*std::max_element(before.begin(), before.end()) > *std::min_element(before.begin(), before.end()));

  const auto found = compile_time::compare<Graph, Splits>(*whole, weights, pixels);
  CHECK(found.cuts == Graph.last + 1);
  CHECK(found.splits == Splits);
}

}  // namespace zoo
#endif
