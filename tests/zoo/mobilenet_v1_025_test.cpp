// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/mobilenet_v1_025.hpp>

#include "check_model.hpp"

TEST_CASE("mobilenet v1 of a quarter gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::mobilenet_v1_025>();
}
