// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/resnet8.hpp>

#include "every_cut.hpp"

TEST_CASE("resnet8 gives the whole network's bits over TCP, behind every cut") {
  every_cut::check_tcp<cleave::models::resnet8>();
}

TEST_CASE("resnet8 gives the whole network's bits over links that move 1, 2, 3 or 7 bytes a call, behind every cut") {
  every_cut::check_chunked<cleave::models::resnet8>(true);
}
