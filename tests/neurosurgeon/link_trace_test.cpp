// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <neurosurgeon/link_trace.hpp>

namespace {

using namespace neurosurgeon;

}  // namespace

TEST_CASE("a trace keeps its promises: known rates, dwell times, one outage") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const trace_options options{.seed = seed};
    const link_trace trace = make_trace(options);
    REQUIRE(!trace.pieces.empty());
    CHECK(trace.pieces.front().begin_microseconds == 0);
    CHECK(trace.end_microseconds == options.length_microseconds);
    int outages = 0;
    for (std::size_t i = 0; i < trace.pieces.size(); ++i) {
      const trace_piece& each = trace.pieces[i];
      const std::uint64_t length = trace.end_of(i) - each.begin_microseconds;
      if (each.bits_per_second == 0) {
        ++outages;
        CHECK(each.begin_microseconds == options.outage_at_microseconds);
        CHECK(length == options.outage_microseconds);
        continue;
      }
      CHECK(std::count(trace_rates.begin(), trace_rates.end(), each.bits_per_second) == 1);
      CHECK(length <= options.longest_dwell_microseconds);
      const bool cut_short = i + 1 == trace.pieces.size() || trace.pieces[i + 1].bits_per_second == 0 ||
                             (i > 0 && trace.pieces[i - 1].bits_per_second == 0);
      if (!cut_short) CHECK(length >= options.shortest_dwell_microseconds);
      if (i > 0) CHECK(trace.pieces[i - 1].bits_per_second != each.bits_per_second);
    }
    CHECK(outages == 1);
  }
}

TEST_CASE("a trace is the same on every machine, and another for every seed") {
  const link_trace first = make_trace({.seed = 1});
  const link_trace again = make_trace({.seed = 1});
  REQUIRE(first.pieces.size() == again.pieces.size());
  for (std::size_t i = 0; i < first.pieces.size(); ++i) {
    CHECK(first.pieces[i].begin_microseconds == again.pieces[i].begin_microseconds);
    CHECK(first.pieces[i].bits_per_second == again.pieces[i].bits_per_second);
  }
  CHECK(make_trace({.seed = 2}).pieces[1].begin_microseconds != first.pieces[1].begin_microseconds);
}

TEST_CASE("the chain visits all of its rates") {
  const link_trace trace = make_trace({.length_microseconds = 3'000'000'000, .outage_microseconds = 0});
  std::map<std::uint64_t, int> seen;
  for (const trace_piece& each : trace.pieces) ++seen[each.bits_per_second];
  CHECK(seen.size() == trace_rates.size());
  for (const auto& [rate, times] : seen) CHECK(times * 20 > static_cast<int>(trace.pieces.size()));
}

TEST_CASE("bytes arrive when the rates of the pieces let them") {
  const link_trace trace{.pieces = {{0, 8'000'000}, {1'000'000, 0}, {3'000'000, 1'000'000}},
                         .end_microseconds = 10'000'000};
  CHECK(trace.rate_at(0) == 8'000'000);
  CHECK(trace.rate_at(999'999) == 8'000'000);
  CHECK(trace.rate_at(1'000'000) == 0);
  CHECK(trace.rate_at(50'000'000) == 1'000'000);
  CHECK(trace.arrival(0, 1000) == 1000);  // a byte a microsecond
  CHECK(trace.arrival(500'000, 500'000) == 1'000'000);
  CHECK(trace.arrival(999'000, 1125) == 3'001'000);  // 1000 bytes before the outage, 125 behind it
  CHECK(trace.arrival(2'000'000, 125) == 3'001'000);
  const link_trace dead{.pieces = {{0, 0}}, .end_microseconds = 1};
  CHECK(dead.arrival(0, 1) == ~std::uint64_t{0});
}
