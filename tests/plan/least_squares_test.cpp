// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/core/random_bits.hpp>
#include <cleave/plan/least_squares.hpp>

namespace {

using cleave::least_squares;

double drawn(cleave::random_bits& random) { return static_cast<double>(random.below(2000)) / 1000 - 1; }

TEST_CASE("equations without error give their unknowns back, however their columns are scaled") {
  least_squares<3> sum;
  cleave::random_bits random{7};
  for (int i = 0; i < 20; ++i) {
    const double a = drawn(random);
    const double b = drawn(random) * 1e9;
    const double c = drawn(random) * 1e-6;
    sum.add({a, b, c}, 2 * a + 3e-9 * b - 5e6 * c);
  }
  std::array<double, 3> found{};
  REQUIRE(sum.solve(7, found));
  CHECK(found[0] == doctest::Approx(2));
  CHECK(found[1] == doctest::Approx(3e-9));
  CHECK(found[2] == doctest::Approx(-5e6));
  CHECK(sum.error_of(found) < 1e-9);
}

TEST_CASE("columns that say the same have no solution of their own") {
  least_squares<2> sum;
  for (int i = 1; i < 9; ++i) sum.add({1.0 * i, 2.0 * i}, 3.0 * i);
  std::array<double, 2> found{};
  CHECK_FALSE(sum.solve(3, found));
  CHECK(sum.solve(1, found));
  CHECK(found[0] == doctest::Approx(3));
  const auto positive = sum.solve_non_negative();
  CHECK(positive[0] + 2 * positive[1] == doctest::Approx(3));
}

TEST_CASE("no unknown is negative, and none could be moved to make the error smaller") {
  cleave::random_bits random{11};
  for (int round = 0; round < 50; ++round) {
    least_squares<5> sum;
    for (int i = 0; i < 12; ++i) {
      std::array<double, 5> row{};
      for (double& each : row) each = drawn(random) + 0.5;
      sum.add(row, drawn(random) + 0.3);
    }
    const auto found = sum.solve_non_negative();
    const double error = sum.error_of(found);
    for (std::size_t i = 0; i < found.size(); ++i) {
      REQUIRE(found[i] >= 0);
      for (const double step : {1e-3, -1e-3}) {
        auto moved = found;
        moved[i] = moved[i] + step;
        if (moved[i] < 0) moved[i] = 0;
        REQUIRE(sum.error_of(moved) >= error - 1e-12);
      }
    }
  }
}

}  // namespace
