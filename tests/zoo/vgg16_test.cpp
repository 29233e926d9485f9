// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/vgg16.hpp>

#include "check_model.hpp"

TEST_CASE("vgg16 gives the bits of its layers, whole and behind every cut") { zoo::check<cleave::models::vgg16, 5>(); }
