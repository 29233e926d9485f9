// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_ONNX_NETWORK_HPP
#define TOOLS_PLAN_ONNX_NETWORK_HPP

/// @file
/// A network from an ONNX file, where cleave-plan was built with the importer; else the reason why there is none.

#include <string>

#include "networks.hpp"

namespace planning {

/// Throws std::runtime_error.
planned_network read_onnx(const std::string& path);

}  // namespace planning
#endif
