// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_PREDICTOR_FIT_HPP
#define CLEAVE_PLAN_PREDICTOR_FIT_HPP

/// @file
/// Makes predictors of measured layers: all forms are fitted, and the one that predicts layers best which were left out
/// of its fit is kept. Hosted: allocates.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <cleave/plan/least_squares.hpp>
#include <cleave/plan/predictor.hpp>

namespace cleave {

/// A layer that has been measured.
struct layer_sample {
  layer_work work{};
  double seconds = 0;
  double resident = 0;  ///< bytes of weights that were read between two runs of it: its own, or its network's
  int group = -1;       ///< samples of one group are left out together; -1: each by itself
};

struct fit_options {
  int folds = 8;  ///< how many parts of the samples are left out in turn
  bool additive = true;
  bool logarithmic = true;
  bool linear = true;
  /// How much a layer counts falls with its time to this power: 1, errors count relative to each layer's time; 0, in
  /// seconds, so that long layers decide.
  double relative = 1;
  std::uint32_t terms = least_squares<additive_term_count>::all;  ///< of an additive predictor, as a mask
};

namespace detail {

inline predictor fit_additive(std::span<const layer_sample> samples, const memory_curve& memory, std::uint32_t mask,
                              double relative) {
  least_squares<additive_term_count> sum;
  for (const layer_sample& each : samples) {
    additive_terms row = terms_of(each.work, memory, each.resident);
    const double weight = std::pow(std::max(each.seconds, 1e-9), -relative);
    for (double& term : row) term *= weight;
    sum.add(row, each.seconds * weight);
  }
  predictor made;
  made.form = predictor_form::additive;
  made.coefficients = sum.solve_non_negative(mask);
  return made;
}

/// Neurosurgeon's forms, fitted as there: least squares of the rate.
inline predictor fit_rate(std::span<const layer_sample> samples, predictor_form form) {
  least_squares<3> sum;
  predictor made;
  made.form = form;
  made.least_rate = 1e12;
  made.most_rate = 1e-6;
  const bool logarithmic = form == predictor_form::logarithmic;
  for (const layer_sample& each : samples) {
    const double rate = predictor::operations_of(each.work) / std::max(each.seconds, 1e-12) * 1e-9;
    made.least_rate = std::min(made.least_rate, rate);
    made.most_rate = std::max(made.most_rate, rate);
    if (logarithmic) {
      sum.add({natural_logarithm(each.work.input_values), natural_logarithm(each.work.filters), 1}, rate);
    } else {
      sum.add({each.work.output_values, 1, 0}, rate);
    }
  }
  std::array<double, 3> found{};
  if (!sum.solve(logarithmic ? 7U : 3U, found)) {
    // Too few different layers: their mean rate.
    double mean = 0;
    for (const layer_sample& each : samples) {
      mean += predictor::operations_of(each.work) / std::max(each.seconds, 1e-12) * 1e-9;
    }
    found = {};
    found[logarithmic ? 2 : 1] = mean / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
  }
  std::copy(found.begin(), found.end(), made.coefficients.begin());
  return made;
}

struct left_out_error {
  double relative = 0;
  double seconds = 0;  ///< of the layer
};

/// The errors of all samples, each predicted without its fold.
template <class Fit>
std::vector<left_out_error> left_out_errors(std::span<const layer_sample> samples, const memory_curve& memory,
                                            int folds, Fit fit) {
  std::vector<int> fold(samples.size());
  bool one_group = true;
  for (const layer_sample& each : samples) one_group = one_group && each.group == samples[0].group;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    fold[i] = (samples[i].group >= 0 && !one_group ? samples[i].group : static_cast<int>(i)) % folds;
  }
  std::vector<left_out_error> errors;
  std::vector<layer_sample> kept;
  for (int out = 0; out < folds; ++out) {
    kept.clear();
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (fold[i] != out) kept.push_back(samples[i]);
    }
    if (kept.empty() || kept.size() == samples.size()) continue;
    const predictor made = fit(std::span<const layer_sample>{kept});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (fold[i] != out) continue;
      const layer_sample& each = samples[i];
      const double seconds = made.seconds(each.work, terms_of(each.work, memory, each.resident));
      const double measured = std::max(each.seconds, 1e-9);
      errors.push_back({std::abs(seconds - each.seconds) / measured, measured});
    }
  }
  return errors;
}

inline double median(std::vector<double> of) {
  if (of.empty()) return 0;
  const std::size_t middle = of.size() / 2;
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(middle), of.end());
  return of[middle];
}

/// What forms are compared by: the mean error, where one far off counts as three times as wrong at most, and layers
/// count as in the fit.
inline double score_of(std::span<const left_out_error> errors, double relative) {
  double sum = 0;
  double weights = 0;
  for (const left_out_error& each : errors) {
    const double weight = std::pow(each.seconds, 1 - relative);
    sum += weight * std::min(each.relative, 3.0);
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace detail

/// The predictor that does best on layers which it has not seen. Without samples it predicts 0, and with fewer than
/// three it is the additive one of a single term.
inline predictor fit_predictor(std::span<const layer_sample> samples, const memory_curve& memory = {},
                               const fit_options& options = {}) {
  if (samples.empty()) return {};
  struct candidate {
    predictor_form form;
    std::uint32_t mask;
  };
  std::vector<candidate> candidates;
  if (options.additive) {
    // Sets of terms, all with products: the few that make sense, not all 256.
    constexpr std::array<std::uint32_t, 10> masks{0b111111111, 0b111011111, 0b110011111, 0b111100111, 0b111101111,
                                                  0b001111111, 0b110000111, 0b001100111, 0b010000011, 0b000000010};
    for (const std::uint32_t mask : masks) candidates.push_back({predictor_form::additive, mask & options.terms});
  }
  if (options.logarithmic && samples.size() >= 4) candidates.push_back({predictor_form::logarithmic, 0});
  if (options.linear && samples.size() >= 3) candidates.push_back({predictor_form::linear, 0});

  const auto fit = [&](const candidate& how, std::span<const layer_sample> of) {
    return how.form == predictor_form::additive ? detail::fit_additive(of, memory, how.mask, options.relative)
                                                : detail::fit_rate(of, how.form);
  };
  candidate best =
      candidates.empty() || samples.size() < 3 ? candidate{predictor_form::additive, 0b10} : candidates.front();
  std::vector<detail::left_out_error> best_errors;
  double best_score = 0;
  for (const candidate& each : candidates) {
    if (samples.size() < 3) break;
    const auto errors = detail::left_out_errors(samples, memory, std::max(2, options.folds),
                                                [&](std::span<const layer_sample> of) { return fit(each, of); });
    const double score = detail::score_of(errors, options.relative);
    // A form with other terms must be better by more than chance.
    if (!errors.empty() && (best_errors.empty() || score < 0.98 * best_score)) {
      best = each;
      best_errors = errors;
      best_score = score;
    }
  }
  predictor made = fit(best, samples);
  std::vector<double> relative;
  for (const detail::left_out_error& each : best_errors) relative.push_back(each.relative);
  made.worst_error = relative.empty() ? 0 : *std::max_element(relative.begin(), relative.end());
  made.median_error = detail::median(std::move(relative));
  return made;
}

/// The same with constants alone: watts as Neurosurgeon's power models have them, a logarithm of input and output.
struct power_sample {
  layer_work work{};
  double watts = 0;
};
inline power_model fit_power(std::span<const power_sample> samples) {
  if (samples.empty()) return {};
  least_squares<3> sum;
  double mean = 0;
  for (const power_sample& each : samples) {
    sum.add({natural_logarithm(std::max(each.work.input_values, 1.0)),
             natural_logarithm(std::max(each.work.output_values, 1.0)), 1},
            each.watts);
    mean += each.watts / static_cast<double>(samples.size());
  }
  std::array<double, 3> found{};
  if (samples.size() < 4 || !sum.solve(7, found)) return {0, 0, mean};
  return {found[0], found[1], found[2]};
}

}  // namespace cleave
#endif
