// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/dscnn.hpp>

#include "check_model.hpp"

TEST_CASE("dscnn gives the bits of its layers, whole and behind every cut") { zoo::check<cleave::models::dscnn>(); }
