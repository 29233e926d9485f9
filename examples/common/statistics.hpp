// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_STATISTICS_HPP
#define EXAMPLES_COMMON_STATISTICS_HPP

/// @file
/// Measurements and what is worth saying about them.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

namespace demo {

/// Values of one measured thing.
class samples {
 public:
  void add(double value) {
    values_.push_back(value);
    sorted_ = false;
  }
  std::size_t size() const { return values_.size(); }

  /// The smallest value that at least `percent` % of the values do not exceed; 0 when there are none.
  double percentile(double percent) {
    if (values_.empty()) return 0;
    if (!sorted_) std::sort(values_.begin(), values_.end());
    sorted_ = true;
    const double rank = std::ceil(percent / 100 * static_cast<double>(values_.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return values_[std::min(index, values_.size() - 1)];
  }

 private:
  std::vector<double> values_;
  bool sorted_ = false;
};

/// Microseconds since it was made.
class stopwatch {
 public:
  double microseconds() const {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace demo
#endif
