// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/alexnet.hpp>

#include "every_cut.hpp"

TEST_CASE("alexnet gives the whole network's bits over TCP, behind every cut") {
  every_cut::check_tcp<cleave::models::alexnet>();
}

TEST_CASE("alexnet gives the whole network's bits over links that move 1, 2, 3 or 7 bytes a call, behind every cut") {
  every_cut::check_chunked<cleave::models::alexnet>(false);
}
