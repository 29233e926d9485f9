// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/resnet56.hpp>

#include "check_model.hpp"

TEST_CASE("resnet56 gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::resnet56, 5>();
}
