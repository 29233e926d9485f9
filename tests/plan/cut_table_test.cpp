// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/plan/cut_table.hpp>

namespace {

using namespace cleave;

// A chain of three layers; the second shrinks what crosses.
constexpr std::array<layer_cost, 4> device{{{}, {0.010, 0.05, 0}, {0.020, 0.10, 0}, {0.100, 0.50, 0}}};
constexpr std::array<layer_cost, 4> server{{{}, {0.001, 0, 0.0005}, {0.002, 0, 0}, {0.010, 0, 0.003}}};
constexpr std::array<cut_bytes, 4> bytes{{{125000, 50}, {100000, 50}, {12500, 50}, {0, 0}}};
constexpr auto rows = [] {
  std::array<cut_row, 4> all{};
  fill_cut_rows(device, server, bytes, all);
  return all;
}();
constexpr link_model megabit{1e6, 1e6, 0, 0.5, 0.25, 0.1};
constexpr link_model gigabit{1e9, 1e9, 0, 0.0005, 0, 0.1};

static_assert(best_of(rows, {.over = megabit}).cut == 3);
static_assert(best_of(rows, {.over = gigabit}).cut == 0);

TEST_CASE("every cut costs what its layers, its bytes and its answer cost") {
  const cut_cost cost = cost_of(rows[1], {.over = megabit});
  CHECK(cost.device_seconds == doctest::Approx(0.010));
  CHECK(cost.up_seconds == doctest::Approx(0.8));
  CHECK(cost.server_seconds == doctest::Approx(0.012));
  CHECK(cost.down_seconds == doctest::Approx(0.0004));
  CHECK(cost.joules == doctest::Approx(0.05 + 0.8 * 0.6 + 0.0004 * 0.35));
  CHECK(cost.seconds() == doctest::Approx(0.8224));
  CHECK(cost.period_seconds() == doctest::Approx(0.8004));
}

TEST_CASE("a layer that a cut parts from its neighbour costs more behind the cut only") {
  CHECK(rows[0].server_seconds == doctest::Approx(0.0135));
  CHECK(rows[2].server_seconds == doctest::Approx(0.013));
  CHECK(rows[3].server_seconds == 0);
  CHECK(rows[3].device_seconds == doctest::Approx(0.130));
}

TEST_CASE("load on the server moves the cut to the device") {
  const link_model fast{100e6, 100e6, 0, 0, 0, 0};
  CHECK(best_of(rows, {.over = fast}).cut == 0);
  CHECK(best_of(rows, {.over = fast, .server_slowdown = 8}).cut == 1);
  CHECK(best_of(rows, {.over = fast, .server_wait_seconds = 1}).cut == 3);
  CHECK(best_of(rows, {.over = fast, .device_slowdown = 100}).cut == 0);
}

TEST_CASE("a link that is down leaves everything on the device") {
  const cut_choice choice = best_of(rows, {.over = link_model{}});
  CHECK(choice.cut == 3);
  CHECK(choice.cost.up_seconds == 0);
}

TEST_CASE("energy and latency have different best cuts") {
  // Sending is dear for the radio and quick: the device saves time by sending and energy by computing.
  const link_model dear{100e6, 100e6, 0, 1, 0, 0};
  CHECK(best_of(rows, {.over = dear}).cut == 0);
  CHECK(best_of(rows, {.over = dear}, objectives::energy).cut == 2);
  // What waits draws power as well.
  CHECK(best_of(rows, {.over = megabit, .idle_watts = 50}, objectives::energy).cut == 3);
}

TEST_CASE("the least energy within a limit of time, and the least time within a limit of energy") {
  const link_model dear{100e6, 100e6, 0, 1, 0, 0};
  const cut_choice slow = best_of(rows, {.over = dear}, objectives::energy_within(0.050));
  CHECK(slow.cut == 2);
  CHECK(slow.within_limits);
  const cut_choice quick = best_of(rows, {.over = dear}, objectives::energy_within(0.042));
  CHECK(quick.cut == 1);
  CHECK(best_of(rows, {.over = dear}, objectives::latency_within(0.5)).cut == 2);
  const cut_choice none = best_of(rows, {.over = dear}, objectives::energy_within(0.001));
  CHECK_FALSE(none.within_limits);
  CHECK(none.cut == 0);
}

TEST_CASE("throughput counts the slowest of device, link and server") {
  const std::array<layer_cost, 4> even{{{}, {0.010, 0, 0}, {0.010, 0, 0}, {0.010, 0, 0}}};
  std::array<cut_row, 4> all{};
  fill_cut_rows(even, even, bytes, all);
  const link_model fast{1e9, 1e9, 0, 0, 0, 0};
  CHECK(best_of(all, {.over = fast}).cut == 3);
  CHECK(best_of(all, {.over = fast}, objectives::throughput).cut == 2);
  CHECK(best_of(all, {.over = fast}, objectives::weighted(1)).cut == 3);
}

TEST_CASE("the way back can be left out") {
  const link_model uneven{1e6, 1e3, 0.005, 0, 0, 0};
  CHECK(cost_of(rows[0], {.over = uneven}).down_seconds == doctest::Approx(0.405));
  CHECK(cost_of(rows[0], {.over = uneven, .charges_answer = false}).down_seconds == 0);
  CHECK(cost_of(rows[0], {.over = uneven}).up_seconds == doctest::Approx(1.005));
}

}  // namespace
