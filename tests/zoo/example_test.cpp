// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/squeezenet1_1.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>
#include <span>
#include <vector>

TEST_CASE("a network that comes with the library is run") {
  const std::vector<float> pixels(224 * 224 * 3, 0.5F);
  const std::span<const float, 224 * 224 * 3> picture{pixels};
  // [run]
  using cleave::models::squeezenet1_1;
  const auto weights = cleave::random_weights<squeezenet1_1>(42);
  const auto network = cleave::make_network<squeezenet1_1>(weights);
  const auto probabilities = (*network)(picture);  // std::span<const float, 1000>
  // [/run]
  float sum = 0;
  for (const float each : probabilities) sum += each;
  CHECK(sum == doctest::Approx(1));
}
