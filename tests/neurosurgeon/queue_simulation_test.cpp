// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <neurosurgeon/queue_simulation.hpp>

namespace {

using namespace neurosurgeon;

struct constant_service {
  double seconds = 1;
  double next(cleave::random_bits&) const { return seconds; }
  double mean() const { return seconds; }
};

bool within(double value, double expected, double share) { return std::abs(value - expected) <= share * expected; }

}  // namespace

TEST_CASE("a queue with exponential times behaves as theory says: M/M/1") {
  for (const double load : {0.3, 0.6, 0.8}) {
    CAPTURE(load);
    const auto found = simulate_queue({.queries_per_second = load}, exponential_service{1});
    const double mean = 1 / (1 - load);  // sojourn: exponential again
    CHECK(within(found.mean_seconds, mean, 0.03));
    CHECK(std::abs(found.mean_seconds - mean) < 2 * found.half_width);
    CHECK(within(found.percentile95_seconds, mean * std::log(20.0), 0.03));
    CHECK(within(found.utilisation, load, 0.01));
  }
}

TEST_CASE("constant service waits half as long as exponential: M/D/1") {
  const double load = 0.7;
  const auto found = simulate_queue({.queries_per_second = load}, constant_service{1});
  CHECK(within(found.mean_seconds, 1 + load / (2 * (1 - load)), 0.03));
}

TEST_CASE("several cores wait as Erlang says: M/M/2") {
  const double load = 0.7;
  const auto found = simulate_queue({.queries_per_second = 2 * load, .cores = 2}, exponential_service{1});
  CHECK(within(found.mean_seconds, 1 / (1 - load * load), 0.03));
  CHECK(within(found.utilisation, load, 0.01));
}

TEST_CASE("arrivals have the mean and the variation that they were asked for") {
  for (const double variation : {1.0, 0.5, 2.0}) {
    CAPTURE(variation);
    cleave::random_bits random(3);
    const arrivals between{variation};
    double sum = 0;
    double squares = 0;
    double least = 1;
    constexpr int count = 1'000'000;
    for (int i = 0; i < count; ++i) {
      const double each = between.next(random);
      least = std::min(least, each);
      sum += each;
      squares += each * each;
    }
    CHECK(least >= 0);
    const double mean = sum / count;
    CHECK(within(mean, 1, 0.01));
    CHECK(within(std::sqrt(squares / count - mean * mean), variation, 0.1));
  }
}

TEST_CASE("a mix of services has each as often as its weight says") {
  service_mix mix;
  mix.add(1, 3);
  mix.add(5, 1);
  CHECK(mix.mean() == doctest::Approx(2));
  cleave::random_bits random(1);
  int long_ones = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double each = mix.next(random);
    CHECK((each == 1 || each == 5));
    long_ones += each == 5 ? 1 : 0;
  }
  CHECK(within(long_ones, 25'000, 0.03));
}

TEST_CASE("the sustained rate is where the mean time is the target") {
  // M/M/1: 1 / (1 - load) = 4.
  CHECK(within(sustained_rate({}, exponential_service{1}, 4), 0.75, 0.02));
  const double burst = sustained_rate({.between = {3}}, exponential_service{1}, 4);
  CHECK(burst < 0.6);  // bursts wait longer
}

TEST_CASE("one seed gives one result, another seed another") {
  const queue_options one{.queries_per_second = 0.5, .seed = 5, .queries = 20'000};
  queue_options other = one;
  other.seed = 6;
  const exponential_service service{1};
  CHECK(simulate_queue(one, service).mean_seconds == simulate_queue(one, service).mean_seconds);
  CHECK(simulate_queue(one, service).mean_seconds != simulate_queue(other, service).mean_seconds);
}
