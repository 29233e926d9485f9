// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/plan/logarithm.hpp>
#include <cmath>
#include <limits>

static_assert(cleave::natural_logarithm(1.0) == 0.0);
static_assert(cleave::natural_logarithm(0.0) < -708.0 && cleave::natural_logarithm(-3.0) < -708.0);

TEST_CASE("the logarithm agrees with the library's over all magnitudes") {
  double worst = 0;
  for (double x = 1e-300; x < 1e300; x *= 1.0317) {
    const double expected = std::log(x);
    const double error = std::abs(cleave::natural_logarithm(x) - expected) / std::max(1.0, std::abs(expected));
    worst = std::max(worst, error);
  }
  CHECK(worst < 4e-15);
  CHECK(cleave::natural_logarithm(std::numeric_limits<double>::quiet_NaN()) < -708.0);
}
