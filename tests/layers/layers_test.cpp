// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/layers.hpp>

#include <doctest/doctest.h>

#include "archetypes/minimal_layer.hpp"

namespace {

constexpr auto block(int channels) {
  return cleave::layers{cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same}, cleave::relu{}};
}

constexpr auto own(cleave::label name) {
  return cleave::layers{cleave::relu{}, archetypes::minimal_layer{name}, archetypes::minimal_layer{""}};
}

constexpr auto nested =
    cleave::layers{block(8), own("a"), cleave::tanh{}, archetypes::mixing_layer{.with = "a"}, own("b")};

static_assert(nested.records.size() == 2 + 3 + 1 + 1 + 3);
static_assert(std::tuple_size_v<decltype(nested.customs)> == 5);
static_assert(nested.records[0].channels == 8);
static_assert(nested.records[5].kind == cleave::op::tanh);

}  // namespace

TEST_CASE("a user's own layers are numbered through all the runs that they stand in") {
  const std::array<int, 10> numbers{-1, -1, -1, 0, 1, -1, 2, -1, 3, 4};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CAPTURE(i);
    CHECK(nested.records[i].custom == numbers[i]);
    CHECK((nested.records[i].kind == cleave::op::custom) == (numbers[i] >= 0));
  }
  CHECK(std::get<0>(nested.customs).name == "a");
  CHECK(std::get<3>(nested.customs).name == "b");
}
