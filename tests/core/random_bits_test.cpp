// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/core/random_bits.hpp>
#include <cstdint>

namespace {

constexpr std::uint64_t nth(std::uint64_t seed, int count) {
  cleave::random_bits random(seed);
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = random.next();
  return value;
}

}  // namespace

TEST_CASE("the random numbers are those of SplitMix64, on every machine") {
  CHECK(nth(1234567, 1) == 6457827717110365317u);
  CHECK(nth(1234567, 2) == 3203168211198807973u);
  CHECK(nth(1234567, 3) == 9817491932198370423u);
  CHECK(nth(1234567, 4) == 4593380528125082431u);
  CHECK(nth(1234567, 5) == 16408922859458223821u);
}

TEST_CASE("numbers below a limit stay below it and reach every value") {
  cleave::random_bits random(3);
  int seen[7] = {};
  for (int i = 0; i < 700; ++i) ++seen[random.below(7)];
  for (const int times : seen) CHECK(times > 50);
}
