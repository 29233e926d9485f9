// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/mobilenet_v1_025.hpp>
#include <memory>
#include <neurosurgeon/policies.hpp>

namespace {

using namespace neurosurgeon;
using bench = policy_bench<cleave::models::mobilenet_v1_025>;

/// Twelve megabits a second for a minute, with a server that does as `load` says.
virtual_world steady(std::vector<load_piece> load) {
  virtual_world world;
  world.trace = {.pieces = {{0, 12'000'000}}, .end_microseconds = 60'000'000};
  world.load = std::move(load);
  return world;
}

}  // namespace

TEST_CASE("over a changing link the adaptive session is near the oracle and ahead of every fixed cut") {
  virtual_world world;
  world.trace = make_trace({.seed = 1, .length_microseconds = 120'000'000, .outage_at_microseconds = 60'000'000});
  const auto of = std::make_unique<bench>(world, scenario{});
  const policy_run oracle = of->oracle();
  const policy_run adaptive = of->adaptive();
  CHECK(adaptive.wrong() == 0);
  CHECK(adaptive.mean_milliseconds() >= oracle.mean_milliseconds());
  CHECK(adaptive.mean_milliseconds() <= 1.08 * oracle.mean_milliseconds());
  // Every seventh cut, the best of all (7), and nothing but device or server: bench/neurosurgeon tries the others.
  for (std::size_t cut = 0; cut < of->rows().size(); cut += 7) {
    const policy_run fixed = of->fixed(cut);
    CAPTURE(cut);
    CHECK(fixed.wrong() == 0);
    CHECK(fixed.mean_milliseconds() > adaptive.mean_milliseconds());
  }
  CHECK(of->fixed(of->rows().size() - 1).mean_milliseconds() > adaptive.mean_milliseconds());

  // Nothing failed in the ten seconds without a link, and after the first moments nothing waited for it for long.
  std::size_t during = 0;
  for (const asked& each : adaptive.requests) {
    if (each.at_seconds < 60 || each.at_seconds >= 70) continue;
    ++during;
    CHECK_FALSE(each.wrong);
    CHECK_FALSE(each.served);
    CHECK(each.milliseconds < 1000);
  }
  CHECK(during >= 15);
  CHECK(adaptive.fallbacks() <= 3);

  // Two runs are one.
  CHECK(of->adaptive().mean_milliseconds() == adaptive.mean_milliseconds());
}

TEST_CASE("under load the cut moves to the device, and back when the server has time again") {
  const auto of = std::make_unique<bench>(
      steady({{},
              {.begin_microseconds = 20'000'000, .wait_microseconds = 400'000, .queue_length = 8},
              {.begin_microseconds = 40'000'000}}),
      scenario{});
  const policy_run run = of->adaptive();
  CHECK(run.wrong() == 0);
  std::size_t served_under_load = 0;
  for (const asked& each : run.requests) {
    if (each.at_seconds > 2 && each.at_seconds < 20) CHECK(each.served);
    if (each.at_seconds >= 20 && each.at_seconds < 39) served_under_load += each.served ? 1 : 0;
    if (each.at_seconds > 42) CHECK(each.served);
  }
  CHECK(served_under_load <= 3);
}

TEST_CASE("a slower server gets fewer layers") {
  const auto of = std::make_unique<bench>(
      steady({{}, {.begin_microseconds = 20'000'000, .slowdown = 300}, {.begin_microseconds = 40'000'000}}),
      scenario{});
  const policy_run run = of->adaptive();
  const auto cut_at = [&](double seconds) {
    for (const asked& each : run.requests) {
      if (each.at_seconds >= seconds) return each.cut;
    }
    return std::size_t{0};
  };
  CHECK(run.wrong() == 0);
  CHECK(cut_at(30) > cut_at(15));
  CHECK(cut_at(55) < cut_at(30));
}

TEST_CASE("when a server that did nothing goes on, it is used again within two seconds") {
  const auto of = std::make_unique<bench>(
      steady({{}, {.begin_microseconds = 20'000'000, .stalled = true}, {.begin_microseconds = 30'000'000}}),
      scenario{});
  const policy_run run = of->adaptive();
  CHECK(run.wrong() == 0);
  double first = 0;
  for (const asked& each : run.requests) {
    if (each.at_seconds < 20 || each.at_seconds >= 30) continue;
    CHECK_FALSE(each.served);
    CHECK(each.milliseconds < 1500);
  }
  for (const asked& each : run.requests) {
    if (first == 0 && each.at_seconds >= 28 && each.served) first = each.at_seconds;
  }
  CHECK(first >= 28);
  CHECK(first < 32);
}
