// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_STEP_HPP
#define CLEAVE_NETWORK_STEP_HPP

/// @file
/// A step: one kernel, where its tensors lie and how many rows it has. Steps are rows of a constexpr table, so that
/// networks of any size are run by one small loop.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/shape.hpp>
#include <cleave/layers/record.hpp>
#include <cleave/network/executor.hpp>
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
  std::uint32_t output = 0;         ///< bytes from the start of the workspace
  std::uint32_t scratch = 0;        ///< bytes from the start of the workspace
  std::uint32_t scratch_bytes = 0;  ///< of a part
  std::uint32_t work = 0;           ///< multiply-adds, or what takes as long
  std::uint16_t granule = 0;        ///< rows that stay together when the step is divided; 0: it is not divided
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

namespace detail {

/// A step under way, in parts.
struct divided_step {
  const step& what;
  const step_arguments& with;
  int parts;

  /// How many parts are worth making, where one is worth so many multiply-adds.
  static int parts_of(const step& what, int threads, std::uint32_t least_work) noexcept {
    if (threads <= 1 || what.granule == 0) return 1;
    const int units = ceil_div(what.rows, what.granule);
    return std::min({threads, units, static_cast<int>(std::min<std::uint32_t>(what.work / least_work, 1U << 16)) + 1});
  }
  int begin_of(int part) const noexcept {
    const int units = ceil_div(what.rows, what.granule);
    return std::min(what.rows, units * part / parts * what.granule);
  }
  static void run(void* of, int part) noexcept {
    const auto& self = *static_cast<const divided_step*>(of);
    step_arguments arguments = self.with;
    arguments.rows = {self.begin_of(part), self.begin_of(part + 1)};
    arguments.scratch += static_cast<std::size_t>(part) * (self.what.scratch_bytes / sizeof(float));
    self.what.run(arguments);
  }
};

}  // namespace detail

/// Runs the nodes [begin, end); steps are in the order of their first nodes. Where a fused step and the steps of its
/// single layers are both in the table, the fused one stands first and is taken when all its nodes are asked for.
template <executor Executor = sequential>
void run_steps(std::span<const step> steps, std::size_t begin, std::size_t end, const step_memory& memory,
               Executor* executor = nullptr) noexcept {
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
    if constexpr (Executor::most_threads > 1) {
      const int parts = detail::divided_step::parts_of(each, executor->threads(), least_work_of<Executor>);
      if (parts > 1) {
        detail::divided_step divided{each, arguments, parts};
        executor->run(parts, detail::divided_step::run, &divided);
      } else {
        each.run(arguments);
      }
    } else {
      each.run(arguments);
    }
    begin = each.end_node;
  }
}

}  // namespace cleave
#endif
