// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "check_network.hpp"
#include "tensor_graphs.hpp"

TEST_CASE("every half of a graph with recurrent layers gives the bits of the whole") {
  check_network::check_all<graphs::sequences>();
}
