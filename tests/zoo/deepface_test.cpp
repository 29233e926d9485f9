// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/deepface.hpp>

#include "check_model.hpp"

TEST_CASE("deepface gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::deepface, 5>();
}
