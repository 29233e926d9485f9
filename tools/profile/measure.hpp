// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PROFILE_MEASURE_HPP
#define TOOLS_PROFILE_MEASURE_HPP

/// @file
/// The sweep over a machine, and the profile that is made of it.

#include <cleave/plan/predictor_fit.hpp>
#include <cleave/plan/profile.hpp>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace profiling {

struct measure_options {
  std::size_t memory_bytes = std::size_t{320} << 20;
  bool quick = false;
  double most_seconds = 0;  ///< for everything, or 0: the largest layers are left out where it is not enough
};

/// What was measured.
struct measured_machine {
  std::vector<cleave::layer_sample> samples;
  cleave::memory_curve memory;
  std::size_t layers = 0;
  std::size_t left_out = 0;  ///< layers that memory or the time given does not hold
  std::size_t batches = 0;
  std::size_t interrupted = 0;  ///< batches that were left out
};

/// Calls `progress(part, what)` between layers, with the part that is done.
measured_machine measure_machine(const measure_options& options,
                                 const std::function<void(double, std::string_view)>& progress);

/// Fits a predictor for every kind of layer.
cleave::profile fit_machine(const measured_machine& measured);

}  // namespace profiling
#endif
