// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "check_network.hpp"
#include "graphs.hpp"

namespace {

using all = cleave::outputs<graphs::many_outputs>;
static_assert(std::tuple_size_v<all> == 6);
static_assert(std::is_same_v<std::tuple_element_t<0, all>, std::span<const float, 128>>, "the input itself");
static_assert(std::is_same_v<std::tuple_element_t<1, all>, std::span<const float, 216>>,
              "one that a later layer reads");
static_assert(std::is_same_v<std::tuple_element_t<2, all>, std::span<const float, 5>>);
static_assert(std::is_same_v<std::tuple_element_t<3, all>, std::span<const std::int32_t, 36>>);
static_assert(std::is_same_v<std::tuple_element_t<4, all>, std::span<const float, 12>>);
static_assert(std::is_same_v<std::tuple_element_t<5, all>, std::span<const std::int32_t, 1>>);

}  // namespace

TEST_CASE("several answers are taken apart by a structured binding") {
  const auto weights = cleave::random_weights<graphs::many_outputs>(42);
  const std::array<float, 128> picture{0.25F, 0.5F};
  cleave::network<graphs::many_outputs> whole{weights};
  const auto [same, early, classes, places, map, best] = whole(picture);
  CHECK(same.data() == picture.data());
  CHECK(places[0] == std::max_element(early.begin(), early.begin() + 6) - early.begin());
  CHECK(std::abs(std::accumulate(classes.begin(), classes.end(), 0.0F) - 1.0F) < 1e-6F);
  CHECK(best[0] >= 0);
  CHECK(best[0] < 3);
  CHECK(map[0] > 0.0F);
}

TEST_CASE("every half of a graph with several outputs gives the bits of the whole") {
  check_network::check_all<graphs::many_outputs>();
}

TEST_CASE("an input that is an answer passes by every cut") {
  static_assert(cleave::count_crossing(graphs::passed_through, 0) == 1);
  check_network::check_all<graphs::passed_through>();
}
