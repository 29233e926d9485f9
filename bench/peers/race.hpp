// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_RACE_HPP
#define CLEAVE_BENCH_PEERS_RACE_HPP

/// @file
/// Contestants that compute the same, timed in turns, so that whatever else the machine does meets all of them alike.

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../kernels/peak.hpp"

namespace cleave_bench {

/// Times of one run, in seconds.
struct samples {
  std::vector<double> all{};
  double least() const { return *std::min_element(all.begin(), all.end()); }
  double median() const {
    std::vector<double> sorted = all;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// Who runs. `batch(n)` runs n times and gives the seconds that these took; the first run after another contestant's
/// is not among them where it is short, since caches are the other's.
struct contestant {
  std::string name;
  std::function<double(int)> batch{};
  samples times{};
};

inline contestant timed_here(std::string name, std::function<void()> run) {
  return {std::move(name), [run = std::move(run)](int times) {
            const double begin = seconds();
            for (int i = 0; i < times; ++i) run();
            return seconds() - begin;
          }};
}

/// A row of the table. The limit is a ratio to the yardstick; so is the goal, where there is one (else 0).
struct row {
  std::string name;
  double limit = 0;
  double goal = 0;
  bool of_medians = false;   ///< what lives in memory is compared by medians, what lives in caches by minima
  double allowed = 0;        ///< for noise
  double multiply_adds = 0;  ///< nominal: taps on padding count
  double weight_bytes = 0;   ///< of a dense layer: what has to be read at least
  std::string yardstick = "oneDNN";
  std::vector<contestant> contestants{};
  std::vector<std::string> remarks{};  ///< peers that can not run it, outputs that differ
  bool agree = true;
  std::shared_ptr<void> keeps{};

  const contestant* find(std::string_view name_of) const {
    for (const contestant& each : contestants) {
      if (each.name == name_of) return &each;
    }
    return nullptr;
  }
  double time_of(const contestant& each) const { return of_medians ? each.times.median() : each.times.least(); }
  /// The faster of ours; ours begin with "cleave".
  const contestant& best_of_ours() const {
    const contestant* best = nullptr;
    for (const contestant& each : contestants) {
      if (each.name.starts_with("cleave") && (best == nullptr || time_of(each) < time_of(*best))) best = &each;
    }
    return *best;
  }
  double ratio_of(const contestant& each) const { return time_of(each) / time_of(*find(yardstick)); }
  double ratio() const { return ratio_of(best_of_ours()); }
  double limit_with_noise() const { return limit + allowed; }
  bool reached() const { return agree && ratio() <= limit_with_noise(); }
};

struct race_rules {
  double length;          ///< seconds, about, of the whole
  double sample = 50e-6;  ///< seconds at least that a contestant runs at a time
  double hot = 20e-3;     ///< what takes no longer runs once untimed before each of its turns
  double pause = 0;       ///< seconds between contestants, for threads of the one before to go to sleep
};

/// Runs the contestants in turns.
inline void race(row& of, const race_rules& rules) {
  std::vector<int> counts;
  double round = 0;
  for (contestant& each : of.contestants) {
    each.batch(1);
    const double once = std::min(each.batch(1), each.batch(1));
    counts.push_back(std::max(1, static_cast<int>(rules.sample / once)));
    round += once * (counts.back() + (once < rules.hot ? 1 : 0)) + rules.pause;
  }
  const int rounds = std::clamp(static_cast<int>(rules.length / round), 20, 2000);
  for (int i = 0; i < rounds; ++i) {
    for (std::size_t k = 0; k < of.contestants.size(); ++k) {
      contestant& each = of.contestants[k];
      if (rules.pause > 0) std::this_thread::sleep_for(std::chrono::duration<double>(rules.pause));
      if (rules.pause > 0 || each.times.all.empty() || each.times.all.back() < rules.hot) each.batch(1);
      each.times.all.push_back(each.batch(counts[k]) / counts[k]);
    }
  }
}

/// The largest difference of two answers, beside the largest number of the first.
template <class Left, class Right>
double relative_difference(const Left& left, const Right& right) {
  double largest = 0;
  double difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    largest = std::max(largest, std::fabs(double{left[i]}));
    // A NaN differs from everything.
    const double apart = std::fabs(double{left[i]} - double{right[i]});
    difference = apart <= difference ? difference : apart;
  }
  return largest > 0 ? difference / largest : difference;
}

/// Notes where an answer is not what the others have.
template <class Left, class Right>
void check_equal(row& of, const std::string& who, const Left& wanted, const Right& got, double tolerance) {
  const double apart = wanted.size() == got.size() ? relative_difference(wanted, got) : 1;
  if (apart <= tolerance) return;
  of.agree = false;
  of.remarks.push_back(who + " differs by " + std::to_string(apart) + " of the largest output");
}

}  // namespace cleave_bench
#endif
