// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_QUEUE_SIMULATION_HPP
#define CLEAVE_BENCH_NEUROSURGEON_QUEUE_SIMULATION_HPP

/// @file
/// A discrete-event simulation of a server: queries arrive, wait for a core in their order, are served, leave. How many
/// a second it takes before answers become too slow.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <queue>
#include <vector>

#include <cleave/core/random_bits.hpp>

namespace neurosurgeon {

/// In [0, 1), 53 bits.
inline double uniform(cleave::random_bits& random) { return static_cast<double>(random.next() >> 11) * 0x1p-53; }

/// The times between arrivals, as multiples of their mean.
struct arrivals {
  /// Standard deviation over mean. 1 is a Poisson process (exponential times); else times are lognormal, whose tail is
  /// heavy: bursts and long pauses, as where many users wake up together.
  double variation = 1;

  double next(cleave::random_bits& random) const {
    const double draw = 1 - uniform(random);  // in (0, 1]
    if (variation == 1) return -std::log(draw);
    // Box and Muller 1958; the mean of exp(sigma n - sigma^2 / 2) is 1.
    const double sigma2 = std::log(1 + variation * variation);
    const double normal = std::sqrt(-2 * std::log(draw)) * std::cos(2 * std::numbers::pi * uniform(random));
    return std::exp(std::sqrt(sigma2) * normal - sigma2 / 2);
  }
};

/// Service times that occur, with how often each does.
class service_mix {
 public:
  /// Requires: `weight` above 0.
  void add(double seconds, double weight) {
    seconds_.push_back(seconds);
    until_.push_back((until_.empty() ? 0 : until_.back()) + weight);
  }

  double next(cleave::random_bits& random) const {
    const double draw = uniform(random) * until_.back();
    const auto found = std::upper_bound(until_.begin(), until_.end(), draw);
    return seconds_[std::min(static_cast<std::size_t>(found - until_.begin()), seconds_.size() - 1)];
  }

  double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < seconds_.size(); ++i) sum += seconds_[i] * (until_[i] - (i == 0 ? 0 : until_[i - 1]));
    return until_.empty() ? 0 : sum / until_.back();
  }

 private:
  std::vector<double> seconds_;
  std::vector<double> until_;
};

/// Draws an exponential time, to hold the simulation against theory.
struct exponential_service {
  double seconds = 1;
  double next(cleave::random_bits& random) const { return -std::log(1 - uniform(random)) * seconds; }
  double mean() const { return seconds; }
};

struct queue_options {
  double queries_per_second = 1;
  arrivals between{};
  std::size_t cores = 1;
  std::uint64_t seed = 1;
  std::size_t warm_up = 5000;  ///< queries before measuring begins
  std::size_t queries = 400'000;
};

struct queue_result {
  double mean_seconds = 0;          ///< from arrival to departure
  double percentile95_seconds = 0;  ///< the same
  double half_width = 0;            ///< of the 95 % confidence interval of the mean, by means of 32 batches
  double utilisation = 0;           ///< share of the cores' time
};

/// Serves queries first come, first served. Events are arrivals and departures; since nothing overtakes, an arrival
/// needs to know of the departures only when a core is free first.
template <class Service>
queue_result simulate_queue(const queue_options& options, const Service& service) {
  // A stream each, so that another rate or mix changes nothing else.
  cleave::random_bits arriving(options.seed);
  cleave::random_bits serving(options.seed ^ 0x5DEECE66D1CE4E5BU);
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (std::size_t i = 0; i < options.cores; ++i) free_at.push(0);

  std::vector<float> sojourns(options.queries);
  double clock = 0;
  double busy = 0;
  double begun = 0;
  for (std::size_t i = 0; i < options.warm_up + options.queries; ++i) {
    clock += options.between.next(arriving) / options.queries_per_second;
    const double need = service.next(serving);
    const double start = std::max(clock, free_at.top());
    free_at.pop();
    free_at.push(start + need);
    if (i == options.warm_up) begun = clock;
    if (i < options.warm_up) continue;
    busy += need;
    sojourns[i - options.warm_up] = static_cast<float>(start + need - clock);
  }

  constexpr std::size_t batches = 32;
  const std::size_t size = options.queries / batches;
  double sum = 0;
  double squares = 0;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    double mean = 0;
    for (std::size_t i = 0; i < size; ++i) mean += static_cast<double>(sojourns[batch * size + i]);
    mean /= static_cast<double>(size);
    sum += mean;
    squares += mean * mean;
  }
  queue_result result;
  result.mean_seconds = sum / batches;
  const double variance = std::max(0.0, squares / batches - result.mean_seconds * result.mean_seconds);
  result.half_width = 2.04 * std::sqrt(variance / (batches - 1));  // Student's t, 31 degrees of freedom
  result.utilisation = busy / ((clock - begun) * static_cast<double>(options.cores));
  const auto at = sojourns.begin() + static_cast<std::ptrdiff_t>(options.queries * 95 / 100);
  std::nth_element(sojourns.begin(), at, sojourns.end());
  result.percentile95_seconds = static_cast<double>(*at);
  return result;
}

/// The highest rate of arrivals at which the mean time from arrival to departure is at most `target_seconds`, by
/// bisection over the load of the cores. The same random numbers at every rate make the mean a monotone function of it.
template <class Service>
double sustained_rate(queue_options options, const Service& service, double target_seconds) {
  const double full = static_cast<double>(options.cores) / service.mean();
  double low = 0;
  double high = 1;
  for (int i = 0; i < 14; ++i) {
    const double load = (low + high) / 2;
    options.queries_per_second = load * full;
    (simulate_queue(options, service).mean_seconds <= target_seconds ? low : high) = load;
  }
  return low * full;
}

}  // namespace neurosurgeon
#endif
