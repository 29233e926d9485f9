// SPDX-License-Identifier: BSL-1.0
#include <cleave/config.hpp>
#include <doctest/doctest.h>

#include <string>

TEST_CASE("the version of the header is the version of the package") {
  const std::string header = std::to_string(CLEAVE_VERSION_MAJOR) + '.' + std::to_string(CLEAVE_VERSION_MINOR) + '.' +
                             std::to_string(CLEAVE_VERSION_PATCH);
  CHECK(header == CLEAVE_TEST_PACKAGE_VERSION);
}
