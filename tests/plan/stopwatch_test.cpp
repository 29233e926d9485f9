// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/plan/stopwatch.hpp>

namespace {

using namespace cleave;

/// A clock that only runs when something is done.
struct made_up {
  double time = 0;
  double operator()() const { return time; }
};
static_assert(second_clock<made_up>);

TEST_CASE("the time of a run is that of a run, however short") {
  made_up clock;
  for (const double seconds : {3e-9, 1e-5, 0.02}) {
    const timing found = time_of_run(clock, [&](std::size_t) { clock.time += seconds; });
    CHECK(found.seconds == doctest::Approx(seconds).epsilon(1e-6));
    CHECK(found.interrupted == 0);
    CHECK(found.batches >= 7);
  }
}

TEST_CASE("the first runs, which warm up, do not count") {
  made_up clock;
  const timing found = time_of_run(clock, [&](std::size_t number) { clock.time += number < 2 ? 1.0 : 1e-4; });
  CHECK(found.seconds == doctest::Approx(1e-4));
}

TEST_CASE("batches in which something else ran are left out") {
  made_up clock;
  const timing found = time_of_run(clock, [&](std::size_t number) {
    clock.time += 1e-3;
    if (number % 3 == 0) clock.time += 0.01;
  });
  CHECK(found.seconds == doctest::Approx(1e-3));
  CHECK(found.interrupted > 0);
  CHECK(found.interrupted < found.batches);
}

TEST_CASE("a long run is measured a few times and no longer") {
  made_up clock;
  const timing found = time_of_run(clock, [&](std::size_t) { clock.time += 0.2; });
  CHECK(found.runs <= 6);
  CHECK(found.seconds == doctest::Approx(0.2));
}

}  // namespace
