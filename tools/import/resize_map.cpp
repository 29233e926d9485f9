// SPDX-License-Identifier: BSL-1.0
#include "resize_map.hpp"

#include <algorithm>
#include <cmath>

namespace importer {

namespace {

/// The place in the input that output `index` stands for.
double place_of(const resize_rule& rule, const resize_axis& axis, std::int64_t index) {
  const auto x = static_cast<double>(index);
  const auto last = static_cast<double>(axis.in - 1);
  const double length = axis.scale * static_cast<double>(axis.in);
  if (rule.coordinates == "asymmetric") return x / axis.scale;
  if (rule.coordinates == "align_corners") return axis.out == 1 ? 0 : x * last / (length - 1);
  if (rule.coordinates == "tf_crop_and_resize") {
    const double part = axis.end - axis.begin;
    const double place = axis.begin * last + (axis.out == 1 ? part * last / 2 : x * part * last / (length - 1));
    return double{static_cast<float>(place)};  // the borders are given as floats
  }
  const double half = (x + 0.5) / axis.scale - 0.5;
  if (rule.coordinates == "pytorch_half_pixel") return axis.out == 1 ? 0 : half;
  if (rule.coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / axis.scale;
  if (rule.coordinates == "half_pixel_symmetric") {
    return static_cast<double>(axis.in) / 2 * (1 - static_cast<double>(axis.out) / length) + half;
  }
  return half;
}

/// The cubic curve of Keys.
double cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

/// Weights of the neighbours around a place, which lies `ratio` (above 0, up to 1) behind the one in the middle: half
/// of them up to that one, half behind it.
std::vector<double> weights_of(const resize_rule& rule, double ratio, double scale) {
  if (rule.mode == "nearest") {
    const bool second = ratio == 1 || rule.nearest_mode == "ceil" ||
                        (rule.nearest_mode == "round_prefer_floor" && ratio > 0.5) ||
                        (rule.nearest_mode == "round_prefer_ceil" && ratio >= 0.5);
    return {second ? 0.0 : 1.0, second ? 1.0 : 0.0};
  }
  const bool is_cubic = rule.mode == "cubic";
  const double slope = rule.antialias ? std::min(scale, 1.0) : 1.0;
  const auto reach = static_cast<std::int64_t>(-std::floor((is_cubic ? -2 : -1) / slope)) - 1;
  std::vector<double> result;
  for (std::int64_t i = -reach; i < reach + 2; ++i) {
    const double x = slope * (static_cast<double>(i) - ratio);
    result.push_back(is_cubic ? cubic(x, rule.cubic_coeff_a) : std::max(1 - std::abs(x), 0.0));
  }
  if (rule.antialias) {
    double sum = 0;
    for (const double each : result) sum += each;
    for (double& each : result) each /= sum;
  }
  return result;
}

}  // namespace

resize_map map_of(const resize_rule& rule, const resize_axis& axis) {
  const auto columns = static_cast<std::size_t>(axis.out);
  resize_map result{std::vector<float>(static_cast<std::size_t>(axis.in) * columns, 0.0F),
                    std::vector<float>(columns, 0.0F)};
  std::vector<double> column(static_cast<std::size_t>(axis.in));
  for (std::size_t o = 0; o < columns; ++o) {
    // Far outside there is nothing but the border.
    const double anywhere = place_of(rule, axis, static_cast<std::int64_t>(o));
    const auto size = static_cast<double>(axis.in);
    const double place = std::isnan(anywhere) ? 0 : std::clamp(anywhere, -size - 4, 2 * size + 4);
    if (rule.coordinates == "tf_crop_and_resize" && (place < 0 || place > size - 1)) {
      result.bias[o] = rule.extrapolation_value;
      continue;
    }
    const double before = std::ceil(place) - 1;
    std::vector<double> weights = weights_of(rule, place - before, axis.scale);
    const std::int64_t first = static_cast<std::int64_t>(before) - static_cast<std::int64_t>(weights.size()) / 2 + 1;
    const auto index_of = [&](std::size_t i) { return first + static_cast<std::int64_t>(i); };
    if (rule.exclude_outside) {
      double sum = 0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        if (index_of(i) < 0 || index_of(i) >= axis.in) weights[i] = 0;
        sum += weights[i];
      }
      for (double& each : weights) each = sum == 0 ? 0 : each / sum;
    }
    std::fill(column.begin(), column.end(), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      column[static_cast<std::size_t>(std::clamp<std::int64_t>(index_of(i), 0, axis.in - 1))] += weights[i];
    }
    for (std::size_t i = 0; i < column.size(); ++i) result.weights[i * columns + o] = static_cast<float>(column[i]);
  }
  return result;
}

}  // namespace importer
