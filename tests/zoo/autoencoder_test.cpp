// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/autoencoder.hpp>

#include "check_model.hpp"

TEST_CASE("the autoencoder gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::autoencoder>();
}
