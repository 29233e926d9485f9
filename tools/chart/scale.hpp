// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TOOLS_CHART_SCALE_HPP
#define CLEAVE_TOOLS_CHART_SCALE_HPP

/// @file
/// From numbers to places along an axis, and the round numbers that are written beside it.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace cleave_chart {

/// What an axis says. The label holds the unit: "time, ms". Ends that are not given are chosen from the numbers.
struct axis {
  std::string label{};
  bool logarithmic = false;
  std::optional<double> least{};
  std::optional<double> most{};
  std::optional<double> base{};  ///< where bars begin; else at 0, on a logarithmic axis at its end
};

/// A number as one writes it beside an axis: at most four digits, no exponent from 0.0001 to 10,000,000.
inline std::string number_text(double number) {
  const double size = std::fabs(number);
  char text[40];
  if (size != 0 && (size < 1e-4 || size >= 1e7)) {
    std::snprintf(text, sizeof text, "%.3g", number);
    return text;
  }
  int digits = 0;
  if (size > 0) digits = std::clamp(3 - static_cast<int>(std::floor(std::log10(size))), 0, 8);
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  std::string result = text;
  if (result.find('.') != std::string::npos) {
    result.erase(result.find_last_not_of('0') + 1);
    if (result.back() == '.') result.pop_back();
  }
  return result == "-0" ? "0" : result;
}

/// The ends of an axis in numbers, where they lie in the picture, and the round numbers between them.
class scale {
 public:
  /// `numbers` all have to be seen; those that are not finite, or on a logarithmic axis not positive, are passed over.
  scale(const axis& of, const std::vector<double>& numbers, bool from_zero)
      : logarithmic_(of.logarithmic), base_(of.base) {
    least_ = std::numeric_limits<double>::infinity();
    most_ = -least_;
    const auto look = [this](double number) {
      if (!is_shown(number)) return;
      least_ = std::min(least_, number);
      most_ = std::max(most_, number);
    };
    for (const double each : numbers) look(each);
    if (base_) look(*base_);
    if (least_ > most_) {
      least_ = logarithmic_ ? 1 : 0;
      most_ = logarithmic_ ? 10 : 1;
    }
    if (logarithmic_) {
      least_ = round_down(least_);
      most_ = round_up(most_);
    } else {
      if (from_zero) {
        least_ = std::min(least_, 0.0);
        most_ = std::max(most_, 0.0);
      }
      if (least_ == most_) most_ = least_ + std::max(1.0, std::fabs(least_));
      const double step = step_of(most_ - least_);
      least_ = std::floor(least_ / step + 1e-9) * step;
      most_ = std::ceil(most_ / step - 1e-9) * step;
    }
    if (of.least && is_shown(*of.least)) least_ = *of.least;
    if (of.most && is_shown(*of.most)) most_ = *of.most;
    if (!(least_ < most_)) most_ = logarithmic_ ? least_ * 10 : least_ + 1;
  }

  /// The places of both ends in the picture.
  void place(double at_least, double at_most) {
    at_least_ = at_least;
    at_most_ = at_most;
  }
  double at(double number) const {
    const double share = logarithmic_ ? std::log(std::max(number, least_) / least_) / std::log(most_ / least_)
                                      : (number - least_) / (most_ - least_);
    return at_least_ + std::clamp(share, 0.0, 1.0) * (at_most_ - at_least_);
  }
  /// Where bars begin: as asked for, or at zero, or at the end of the axis that is next to it.
  double base_number() const { return base_ ? *base_ : logarithmic_ ? least_ : std::clamp(0.0, least_, most_); }
  double base() const { return at(base_number()); }
  bool is_shown(double number) const { return std::isfinite(number) && (!logarithmic_ || number > 0); }
  double least() const { return least_; }
  double most() const { return most_; }

  std::vector<double> ticks() const {
    std::vector<double> result;
    if (!logarithmic_) {
      const double step = step_of(most_ - least_);
      for (double i = std::ceil(least_ / step - 1e-9); i * step <= most_ + 1e-9 * step; ++i) result.push_back(i * step);
      return result;
    }
    const double decades = std::log10(most_ / least_);
    const double every = std::max(1.0, std::ceil(decades / 10));
    for (double power = std::floor(std::log10(least_)); power <= std::log10(most_) + 1e-9; power += every) {
      for (const double times : {1.0, 2.0, 5.0}) {
        const double tick = times * std::pow(10.0, power);
        const bool wanted = times == 1.0 || decades <= 3;
        if (wanted && tick >= least_ * (1 - 1e-9) && tick <= most_ * (1 + 1e-9)) result.push_back(tick);
      }
    }
    return result;
  }

 private:
  /// A round number, so that four to ten of them make the length.
  static double step_of(double length) {
    const double power = std::pow(10.0, std::floor(std::log10(length / 4)));
    const double times = length / 4 / power;
    return power * (times >= 5 ? 5 : times >= 2 ? 2 : 1);
  }
  static double round_down(double number) {
    const double power = std::pow(10.0, std::floor(std::log10(number) + 1e-9));
    const double times = number / power;
    return power * (times >= 5 ? 5 : times >= 2 ? 2 : 1);
  }
  static double round_up(double number) {
    const double power = std::pow(10.0, std::floor(std::log10(number) - 1e-9));
    const double times = number / power;
    return power * (times <= 2 ? 2 : times <= 5 ? 5 : 10);
  }

  bool logarithmic_;
  std::optional<double> base_;
  double least_;
  double most_;
  double at_least_ = 0;
  double at_most_ = 1;
};

}  // namespace cleave_chart
#endif
