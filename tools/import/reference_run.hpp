// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_REFERENCE_RUN_HPP
#define TOOLS_IMPORT_REFERENCE_RUN_HPP

/// @file
/// Runs an imported network layer by layer with cleave's plain loops, and moves tensors between the order of ONNX and
/// that of cleave's memory.

#include <vector>

#include "finish.hpp"

namespace importer {

/// The elements of a tensor of ONNX in the order of memory, and back.
std::vector<float> to_memory(const std::vector<float>& numbers, const layout& memory);
std::vector<float> from_memory(const std::vector<float>& numbers, const layout& memory);

/// The value of every node. `inputs` are in the order of memory, one an input; integers come as floats.
std::vector<std::vector<float>> run_reference(const finished& of, const std::vector<std::vector<float>>& inputs);

}  // namespace importer
#endif
