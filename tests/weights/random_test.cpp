// SPDX-License-Identifier: BSL-1.0
#include <cleave/weights/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "network/graphs.hpp"

TEST_CASE("a seed gives one set of weights, another seed another") {
  const auto one = cleave::random_weights<graphs::all_kinds>(1);
  CHECK(std::ranges::equal(one.bytes(), cleave::random_weights<graphs::all_kinds>(1).bytes()));
  CHECK(!std::ranges::equal(one.bytes(), cleave::random_weights<graphs::all_kinds>(2).bytes()));
}

TEST_CASE("random weights are finite numbers, spread as their layers need") {
  const auto weights = cleave::random_weights<graphs::all_kinds>(3);
  for (const cleave::node& each : graphs::all_kinds.nodes) {
    if (each.weights.floats == 0) continue;
    const float* const floats = weights.source().at(each.weights.offset);
    float largest = 0;
    for (std::size_t i = 0; i < each.weights.floats; ++i) {
      REQUIRE(std::isfinite(floats[i]));
      largest = std::max(largest, std::abs(floats[i]));
    }
    CHECK(largest > 0.0F);
    CHECK(largest < 3.0F);
  }
}

TEST_CASE("an own layer that multiplies little gets finite weights too") {
  const auto weights = cleave::random_weights<graphs::own_layers>(3);
  const cleave::weight_place& place = graphs::own_layers.nodes[4].weights;
  REQUIRE(place.floats == 18);
  for (std::size_t i = 0; i < 18; ++i) CHECK(std::isfinite(weights.source().at(place.offset)[i]));
}
