// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_WINDOW_HPP
#define TOOLS_IMPORT_WINDOW_HPP

/// @file
/// The window attributes that ONNX's convolutions and pools share, for rows and columns.

#include <array>
#include <vector>

#include <cleave/core/shape.hpp>

#include "lowering.hpp"

namespace importer {

struct window {
  cleave::extent kernel{1, 1};
  cleave::extent stride{1, 1};
  cleave::extent dilation{1, 1};
  cleave::padding pad{};
  bool ceil_mode = false;
};

/// Reads kernel_shape (or takes `kernel`, of a convolution's weights), strides, dilations, pads and auto_pad. `dims`
/// are those of the input. Throws what contradicts itself.
window window_of(const operation& of, const sizes& dims, const sizes& kernel = {});

/// How many positions the window has along each spatial axis of the input.
sizes positions_of(const window& with, const sizes& dims);

}  // namespace importer
#endif
