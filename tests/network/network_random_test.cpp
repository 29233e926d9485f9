// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "check_network.hpp"
#include "graph/random_graph.hpp"

namespace {

template <std::uint64_t Seed>
inline constexpr auto drawn = random_graph::make<22>(Seed);

template <std::uint64_t Seed>
void check_drawn() {
  static_assert(drawn<Seed>.ok());
  CAPTURE(Seed);
  CHECK(check_network::whole_is_reference<drawn<Seed>, cleave::default_options>());
  CHECK(check_network::first_wrong_cut<drawn<Seed>>() == drawn<Seed>.last + 1);
  CHECK(check_network::first_wrong_split<drawn<Seed>, 7, 9>() == 9);
}

}  // namespace

TEST_CASE("random graphs give the bits of their layers one by one, whole and cut anywhere") {
  check_drawn<1>();
  check_drawn<2>();
  check_drawn<3>();
  check_drawn<4>();
  check_drawn<5>();
  check_drawn<6>();
}
