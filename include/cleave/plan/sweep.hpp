// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_SWEEP_HPP
#define CLEAVE_PLAN_SWEEP_HPP

/// @file
/// Single layers to be measured, and the measuring. Kernels are keyed by their sizes, so a layer of a sweep is an
/// instantiation like any other. No files, no heap: boards sweep too, over what their memory holds.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <cleave/core/static_for.hpp>
#include <cleave/network/fusion.hpp>
#include <cleave/network/kernel_of.hpp>
#include <cleave/plan/layer_work.hpp>
#include <cleave/plan/memory_curve.hpp>
#include <cleave/plan/stopwatch.hpp>
#include <cleave/simd/native.hpp>

namespace cleave {

/// A layer of a sweep: what it does, and how it is run.
struct sweep_layer {
  layer_work work{};
  std::array<step_function, max_inputs> run{};  ///< one after another
  std::size_t runs = 0;
  std::array<std::uint32_t, max_inputs> inputs{};  ///< floats of each; 0: none
  std::uint32_t output = 0;                        ///< floats
  std::uint32_t weights = 0;                       ///< floats
  int rows = 0;
  bool joins = false;  ///< each run has an input of its own, as those of a concatenation
  /// This many layers before it in the sweep is the same without the sum in its epilogue: the difference is measured.
  std::size_t without_sum = 0;

  /// Floats of all, each from a multiple of 16 on.
  constexpr std::size_t floats() const noexcept {
    std::size_t sum = round_up(output, 16) + round_up(weights, 16);
    for (const std::uint32_t each : inputs) sum += round_up(each, 16);
    return sum;
  }
};

namespace detail {

template <const auto& Graph, std::size_t First, epilogue Post, class Pack, std::size_t... Piece>
consteval void add_pieces(sweep_layer& to, std::index_sequence<Piece...>) {
  ((to.run[Piece] = kernel_of<Graph, First, Post, static_cast<int>(Piece), Pack>()), ...);
  to.runs = sizeof...(Piece);
}

}  // namespace detail

/// The first layer of a graph behind its inputs, with what is fused into it. Where that is a sum, the layer before it
/// in the sweep must be the same without: what is measured is the sum alone.
template <const auto& Graph, class Pack = native_pack>
consteval sweep_layer sweep_layer_of() {
  static_assert(Graph.ok());
  constexpr std::size_t first = Graph.inputs;
  constexpr fused_group group = group_at(Graph, first, Graph.node_count);
  constexpr const node& here = Graph.nodes[first];
  constexpr std::size_t pieces = here.what.kind == op::concat ? static_cast<std::size_t>(here.what.arity) : 1;
  sweep_layer made;
  made.work = work_of(Graph, group.residual >= 0 ? first + 1 : first);
  detail::add_pieces<Graph, first, group.post_processing(), Pack>(made, std::make_index_sequence<pieces>{});
  for (int k = 0; k < here.what.arity; ++k) {
    const auto source = static_cast<std::size_t>(here.inputs[static_cast<std::size_t>(k)]);
    made.inputs[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(Graph.nodes[source].out.size());
  }
  if (group.residual >= 0) {
    made.inputs[1] = static_cast<std::uint32_t>(here.out.size());
    made.work.kind = work_kind::fused;
    made.without_sum = 1;
  }
  made.output = static_cast<std::uint32_t>(here.out.size());
  made.weights = static_cast<std::uint32_t>(here.weights.floats);
  made.rows = here.what.kind == op::dense ? here.out.channels : here.out.height;
  made.joins = pieces > 1;
  return made;
}

/// A measured layer: seconds of one run when the weights lie in `resident` bytes of memory.
struct swept_layer {
  timing time{};
  double resident = 0;
};

/// Fills memory with numbers that are normal, so that no kernel meets a slow one.
inline void fill_for_sweep(std::span<float> memory) noexcept {
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = 0.25F + static_cast<float>(i % 7) * 0.03125F;
}

/// Runs a layer over and over in `memory`. With `spread` every run reads other weights, until they take that many
/// bytes; 0: always the same. False where memory does not hold that. Requires: `memory` was filled, and starts at a
/// multiple of 64 bytes.
template <second_clock Clock>
bool measure_layer(const sweep_layer& layer, std::span<float> memory, Clock& clock, swept_layer& found,
                   std::size_t spread = 0, const stopwatch_options& options = {}) {
  const std::size_t stride = round_up(layer.weights, 16);
  const std::size_t copies = spread == 0 || stride == 0 ? 1 : (spread / 4 + stride - 1) / stride;
  if (layer.floats() + (copies - 1) * stride > memory.size()) return false;
  float* place = memory.data();
  step_arguments arguments;
  for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
    arguments.inputs[k] = place;
    place += round_up(layer.inputs[k], 16);
  }
  arguments.output = place;
  place += round_up(layer.output, 16);
  arguments.rows = {0, layer.rows};
  const float* const weights = place;
  std::size_t copy = 0;
  found.time = time_of_run(
      clock,
      [&](std::size_t) {
        arguments.weights = weights + copy * stride;
        copy = copy + 1 < copies ? copy + 1 : 0;
        for (std::size_t piece = 0; piece < layer.runs; ++piece) {
          step_arguments own = arguments;
          if (layer.joins) {
            own.inputs[0] = arguments.inputs[piece];
            // A piece has the rows of its own input; those of a concatenation along channels are alike.
          }
          layer.run[piece](own);
        }
      },
      options);
  found.resident = static_cast<double>(copies * stride * 4);
  return true;
}

/// Measures how long reading takes by the size of what is read, in sizes that quadruple, as far as `memory` goes.
template <second_clock Clock, class Pack = native_pack>
memory_curve measure_memory(std::span<const float> memory, Clock& clock, const stopwatch_options& options = {}) {
  memory_curve curve;
  volatile float seen = 0;
  for (std::size_t floats = 4096; floats <= memory.size() && curve.points < memory_curve::most_points; floats *= 4) {
    const timing found = time_of_run(
        clock,
        [&](std::size_t) {
          constexpr std::size_t step = 8 * Pack::lanes;
          std::array<Pack, 8> sums{};
          static_for<8>([&]<std::size_t I>() { sums[I] = Pack::fill(0.0F); });
          for (std::size_t i = 0; i + step <= floats; i += step) {
            static_for<8>(
                [&]<std::size_t I>() { sums[I] = sums[I] + Pack::load(memory.data() + i + I * Pack::lanes); });
          }
          static_for<7>([&]<std::size_t I>() { sums[0] = max(sums[0], sums[I + 1]); });
          seen = reduce_max(sums[0]);
        },
        options);
    curve.bytes[curve.points] = static_cast<double>(floats * 4);
    curve.seconds_per_byte[curve.points] = found.seconds / static_cast<double>(floats * 4);
    ++curve.points;
  }
  static_cast<void>(seen);
  return curve;
}

}  // namespace cleave
#endif
