// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_STEP_HPP
#define CLEAVE_NETWORK_STEP_HPP

/// @file
/// A step: one kernel, where its tensors lie and how many rows it has. Steps are rows of a constexpr table, so that
/// networks of any size are run by one small loop.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/shape.hpp>
#include <cleave/layers/record.hpp>
#include <cleave/weights/view.hpp>

namespace cleave {

/// What a kernel gets: the tensors of its layers, the weights of its first layer, and the rows to compute.
struct step_arguments {
  std::array<const float*, max_inputs> inputs{};
  float* output = nullptr;
  const float* weights = nullptr;
  const float* prepared = nullptr;  ///< the weights as the numeric policy wants them
  float* scratch = nullptr;
  range rows{};
};

using step_function = void (*)(const step_arguments&) noexcept;

/// Where a tensor lies: source 0 is the workspace, source 1 + i the i-th tensor from outside.
struct tensor_place {
  std::uint32_t offset = 0;
  std::uint16_t source = 0;
};

/// One row of the table. It computes the nodes [first_node, end_node).
struct step {
  step_function run = nullptr;
  std::size_t weights = 0;   ///< bytes from the start of a blob's data
  std::size_t prepared = 0;  ///< bytes from the start of all prepared weights
  std::array<tensor_place, max_inputs> inputs{};
  std::uint32_t output = 0;   ///< bytes from the start of the workspace
  std::uint32_t scratch = 0;  ///< bytes from the start of the workspace
  std::uint8_t input_count = 0;
  std::uint16_t first_node = 0;
  std::uint16_t end_node = 0;
  int rows = 0;
};

/// Memory that steps work on.
struct step_memory {
  std::byte* workspace = nullptr;
  const std::byte* const* outside = nullptr;
  weight_source weights{};

  const std::byte* at(tensor_place place) const noexcept {
    return (place.source == 0 ? workspace : outside[place.source - 1]) + place.offset;
  }
};

/// Runs the nodes [begin, end); steps are in the order of their first nodes. Where a fused step and the steps of its
/// single layers are both in the table, the fused one stands first and is taken when all its nodes are asked for.
inline void run_steps(std::span<const step> steps, std::size_t begin, std::size_t end,
                      const step_memory& memory) noexcept {
  for (const step& each : steps) {
    if (each.first_node >= end) return;
    if (each.first_node < begin || each.end_node > end) continue;
    step_arguments arguments;
    for (std::size_t k = 0; k < each.input_count; ++k) {
      arguments.inputs[k] = reinterpret_cast<const float*>(memory.at(each.inputs[k]));
    }
    arguments.output = reinterpret_cast<float*>(memory.workspace + each.output);
    arguments.weights = memory.weights.at(each.weights);
    arguments.prepared = memory.weights.prepared_at(each.prepared);
    arguments.scratch = reinterpret_cast<float*>(memory.workspace + each.scratch);
    arguments.rows = {0, each.rows};
    each.run(arguments);
    begin = each.end_node;
  }
}

}  // namespace cleave
#endif
