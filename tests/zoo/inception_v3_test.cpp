// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/inception_v3.hpp>

#include "check_model.hpp"

TEST_CASE("inception v3 gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::inception_v3, 10>();
}
