// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_PREDICTOR_HPP
#define CLEAVE_PLAN_PREDICTOR_HPP

/// @file
/// Seconds and watts of a layer, from a few coefficients: plain values, so that predictions can be made while
/// compiling. predictor_fit.hpp finds the coefficients.

#include <array>
#include <cstddef>
#include <cstdint>

#include <cleave/plan/layer_work.hpp>
#include <cleave/plan/logarithm.hpp>
#include <cleave/plan/memory_curve.hpp>

namespace cleave {

enum class predictor_form : std::uint8_t {
  none,      ///< costs nothing
  additive,  ///< seconds are a sum over `additive_terms`, no coefficient below 0
  /// Neurosurgeon (Kang et al., ASPLOS 2017): 1e9 operations a second are a ln x0 + c ln x1 + e, with x0 the values of
  /// the input and x1 `filters`; a product with its sum counts as two operations.
  logarithmic,
  linear,  ///< 1e9 operations a second are a x0 + b; as there for activations, with x0 the values of the output
};
constexpr std::string_view name_of(predictor_form form) noexcept {
  constexpr std::array<std::string_view, 4> names{"none", "additive", "logarithmic", "linear"};
  return names[static_cast<std::size_t>(form)];
}

inline constexpr std::size_t additive_term_count = 9;
using additive_terms = std::array<double, additive_term_count>;

/// The numbers that an additive predictor weighs. Memory counts twice: by its bytes, and by the seconds that reading as
/// much from where it lies takes. `resident` are the bytes of weights that are read for one answer: they tell where
/// weights lie.
constexpr additive_terms terms_of(const layer_work& work, const memory_curve& memory, double resident) noexcept {
  const double moved = work.input_values + work.output_values;
  return {1,  // the call
          work.issued,
          work.wide_issued,
          work.tiles,
          work.rows,
          work.weight_bytes,
          work.weight_bytes > 0 ? work.weight_bytes * memory.at(resident) : 0,
          moved,
          moved * 4 * memory.at(moved * 4)};
}

/// Predicts the time of layers of one kind on one machine.
struct predictor {
  predictor_form form = predictor_form::none;
  std::array<double, additive_term_count> coefficients{};  ///< logarithmic: a, c, e; linear: a, b
  double median_error = 0;                                 ///< relative, of layers left out of the fit
  double worst_error = 0;
  /// The rates between which a logarithmic or linear predictor stays: those of the layers it was fitted on.
  double least_rate = 1e-6;
  double most_rate = 1e12;

  constexpr double seconds(const layer_work& work, const additive_terms& terms) const noexcept {
    const auto& c = coefficients;
    switch (form) {
      case predictor_form::none: return 0;
      case predictor_form::additive: {
        double sum = 0;
        for (std::size_t i = 0; i < terms.size(); ++i) sum += c[i] * terms[i];
        return sum;
      }
      case predictor_form::logarithmic:
        return at_rate(work,
                       c[0] * natural_logarithm(work.input_values) + c[1] * natural_logarithm(work.filters) + c[2]);
      case predictor_form::linear: return at_rate(work, c[0] * work.output_values + c[1]);
    }
    return 0;
  }

 private:
  constexpr double at_rate(const layer_work& work, double rate) const noexcept {
    if (rate < least_rate) rate = least_rate;
    if (rate > most_rate) rate = most_rate;
    return operations_of(work) / (rate * 1e9);
  }

 public:
  /// As Neurosurgeon counts: a product with its sum is two.
  static constexpr double operations_of(const layer_work& work) noexcept {
    const bool multiplies = work.weight_bytes > 0 && work.kind != work_kind::cheap_activation;
    return multiplies ? 2 * work.operations : work.operations;
  }
};

/// Watts that a device draws while it computes a layer: a ln x0 + c ln x1 + e, with x0 the values of the input and x1
/// those of the output (Neurosurgeon's form), or a constant where a and c are 0.
struct power_model {
  double input = 0;
  double output = 0;
  double constant = 0;

  constexpr double watts(const layer_work& work) const noexcept {
    double sum = constant;
    if (input != 0) sum += input * natural_logarithm(work.input_values > 1 ? work.input_values : 1);
    if (output != 0) sum += output * natural_logarithm(work.output_values > 1 ? work.output_values : 1);
    return sum > 0 ? sum : 0;
  }
};

}  // namespace cleave
#endif
