// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/core/random_bits.hpp>
#include <cleave/plan/link_estimator.hpp>
#include <cmath>
#include <initializer_list>

namespace {

constexpr cleave::link_model lte{5.5e6, 22e6, 0.02};

/// Times exchanges over a link, with noise of so many percent.
struct world {
  cleave::link_model is = lte;
  double noise = 0;
  cleave::random_bits random{1};
  double time = 0;

  void exchange(cleave::link_estimator& with, double up, double down, bool buffered = false) {
    double seconds = is.up_seconds(up) + is.down_seconds(down);
    seconds *= 1 + noise * (static_cast<double>(random.below(2001)) / 1000 - 1);
    time += 0.3;
    const double tail = buffered ? seconds : 2 * is.latency_seconds + is.down_seconds(down) - is.latency_seconds;
    with.observe(up, down, seconds, tail, time);
  }
};

bool near(double value, double expected, double share) { return std::abs(value - expected) <= share * expected; }

}  // namespace

TEST_CASE("exchanges that take what was expected change nothing") {
  world over;
  cleave::link_estimator link{lte};
  for (int i = 0; i < 50; ++i) over.exchange(link, 40'000, 100);
  CHECK(near(link.now().up_bits_per_second, lte.up_bits_per_second, 0.01));
  CHECK(near(link.now().down_bits_per_second, lte.down_bits_per_second, 0.01));
  CHECK(near(link.now().latency_seconds, lte.latency_seconds, 0.05));
}

TEST_CASE("another rate is known after one large exchange, up and down") {
  for (const double rate : {1e6, 3e6, 12e6, 24e6}) {
    CAPTURE(rate);
    world over;
    cleave::link_estimator link{lte};
    for (int i = 0; i < 10; ++i) over.exchange(link, 40'000, 100);
    over.is.up_bits_per_second = rate;
    over.is.down_bits_per_second = 4 * rate;
    over.exchange(link, 40'000, 100);
    CHECK(near(link.now().up_bits_per_second, rate, 0.25));
    for (int i = 0; i < 3; ++i) over.exchange(link, 40'000, 100);
    CHECK(near(link.now().up_bits_per_second, rate, 0.1));
  }
}

TEST_CASE("small exchanges tell of the latency, large ones of the rate, also where a system buffers") {
  world over;
  over.is = {2e6, 8e6, 0.08};
  over.noise = 0.03;
  cleave::link_estimator link{lte};
  for (int i = 0; i < 20; ++i) {
    over.exchange(link, 200, 100, true);
    over.exchange(link, 60'000, 100, true);
  }
  CHECK(near(link.now().latency_seconds, 0.08, 0.15));
  CHECK(near(link.now().up_bits_per_second, 2e6, 0.1));
}

TEST_CASE("noise does not move the estimate far") {
  world over;
  over.noise = 0.1;
  cleave::link_estimator link{lte};
  for (int i = 0; i < 200; ++i) {
    over.exchange(link, 40'000, 100);
    CHECK(near(link.now().up_bits_per_second, lte.up_bits_per_second, 0.15));
  }
}

TEST_CASE("a request that got no answer makes the link slower, never faster") {
  cleave::link_estimator link{lte};
  link.observe_failure(100'000, 25'000, 1.0, 0);  // took a quarter of it in a second
  CHECK(near(link.now().up_bits_per_second, 200e3, 0.01));
  link.observe_failure(1000, 1000, 0.001, 1);
  CHECK(near(link.now().up_bits_per_second, 200e3, 0.01));
  cleave::link_estimator buffered{lte};
  buffered.observe_failure(100'000, 100'000, 1.0, 0);  // all was taken, but nothing came
  CHECK(buffered.now().up_bits_per_second < 0.8e6);
}

TEST_CASE("whatever it is told, the estimate stays a link") {
  cleave::link_estimator link{lte};
  double at = 0;
  for (const double seconds : {0.0, -1.0, 1e-9, 1e6, 1e-9, 1e3}) {
    link.observe(100, 100, seconds, seconds, at += 1);
    CHECK(link.now().up_bits_per_second > 0);
    CHECK(std::isfinite(link.now().up_bits_per_second));
    CHECK(link.now().latency_seconds >= 0);
    CHECK(std::isfinite(link.now().latency_seconds));
  }
  link.observe_failure(100, 0, 1e9, at);
  CHECK(std::isfinite(link.now().up_seconds(1e6)));
}
