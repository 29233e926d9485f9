// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/mobilenet_v2.hpp>

#include "check_model.hpp"

TEST_CASE("mobilenet v2 gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::mobilenet_v2, 5>();
}
