// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_MEASURED_TABLES_HPP
#define TOOLS_PLAN_MEASURED_TABLES_HPP

/// @file
/// Layers that Neurosurgeon's authors measured (claritylab/djinn, branch mobile: graph-gen/offloading), beside the
/// graphs of include/cleave/models that they belong to, and profiles fitted to them.

#include <array>
#include <cleave/plan/predictor_fit.hpp>
#include <string>
#include <vector>

#include "profile_file.hpp"

namespace planning {

/// Columns of layers.csv.
inline constexpr std::array<const char*, 4> table_machines{"tk1-cpu", "tk1-gpu", "k40", "server-cpu"};

struct table_layer {
  cleave::layer_work work;
  std::string network;
  std::array<double, 4> milliseconds{};  ///< as `table_machines`
};

/// Reads layers.csv of a folder. Throws std::runtime_error where it is not what is expected.
std::vector<table_layer> read_table(const std::string& folder);

/// Kernels on a GPU start before the one before has ended, so that the tables book the time of convolutions on the next
/// layer that waits: single layers of the GPU columns are wrong, sums are right. Gives each such layer what others of
/// its kind take for their weights, and spreads the rest over the layers before it by multiply-adds.
void spread_waits(std::vector<table_layer>& layers);

/// The profile of one column.
named_profile fit_table(const std::vector<table_layer>& layers, std::size_t machine);

}  // namespace planning
#endif
