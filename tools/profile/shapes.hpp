// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PROFILE_SHAPES_HPP
#define TOOLS_PROFILE_SHAPES_HPP

/// @file
/// The layers that a machine is measured with: sizes as they occur in networks for devices, and a few of large ones.

#include <array>
#include <cleave/graph/graph.hpp>
#include <cleave/plan/sweep.hpp>
#include <span>

namespace profiling {

/// A square layer with a window.
struct sizes {
  int side = 1;
  int in = 1;
  int out = 1;
  int kernel = 1;
  int stride = 1;
  int groups = 1;
};

/// One after another, as they are linked from several units.
std::span<const cleave::sweep_layer> convolutions();
std::span<const cleave::sweep_layer> large_convolutions();
std::span<const cleave::sweep_layer> pointwise();
std::span<const cleave::sweep_layer> depthwise();
std::span<const cleave::sweep_layer> dense();
std::span<const cleave::sweep_layer> others();

}  // namespace profiling
#endif
