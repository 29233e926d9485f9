// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/squeezenet1_1.hpp>

#include "check_model.hpp"

TEST_CASE("squeezenet 1.1 gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::squeezenet1_1, 5>();
}
