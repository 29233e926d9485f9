// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_PREPARED_WEIGHTS_HPP
#define CLEAVE_NETWORK_PREPARED_WEIGHTS_HPP

/// @file
/// Weights in the form that the numeric policy of some options wants, made once and shared by all networks with those
/// options. What has no other form is used where it lies.

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <cleave/graph/diagnosis.hpp>
#include <cleave/kernels/winograd_weights.hpp>
#include <cleave/network/options.hpp>
#include <cleave/network/prepared_layout.hpp>
#include <cleave/weights/view.hpp>

namespace cleave {

/// Views weights, and their other form in memory of the caller's; both must outlive it.
template <const auto& Graph, class Options = default_options, std::size_t First = 1, std::size_t Last = Graph.last>
class prepared_weights {
  static constexpr std::size_t begin = First <= 1 ? 0 : Graph.end_of(First - 1);
  static constexpr std::size_t end = Graph.end_of(Last);
  static constexpr const auto& offsets = prepared_offsets<Graph, Options::numerics>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr numeric_policy numerics = Options::numerics;
  /// Memory that the other form takes.
  static constexpr std::size_t bytes = First > Last ? 0 : offsets[end] - offsets[begin];

  /// Transforms what the policy wants transformed. `memory` starts at a multiple of 64.
  template <class Weights>
    requires holds_layers<Weights, Graph, First, Last>
  prepared_weights(const Weights& weights, std::span<std::byte, bytes> memory) noexcept
      : prepared_weights(weights.source(), weights.fingerprint(), memory.data()) {
    for (std::size_t i = begin; i < end; ++i) {
      const node& of = Graph.nodes[i];
      const kernels::winograd_tiling tiling = winograd_of(of, numerics);
      if (tiling.edge == 0 || tiling.inputs > 0) continue;
      kernels::winograd_prepare(conv2d_shape_of(of, {}), tiling, source_.at(of.weights.offset),
                                reinterpret_cast<float*>(memory.data() + (offsets[i] - offsets[begin])));
    }
  }
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, First, Last>)
  prepared_weights(const Weights&& weights, std::span<std::byte, bytes> memory) = delete;

  /// For networks that hand on theirs: `source` is prepared already.
  prepared_weights(weight_source source, std::uint64_t fingerprint) noexcept
      : source_(source), fingerprint_(fingerprint) {}

  weight_source source() const noexcept { return source_; }
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  prepared_weights(weight_source source, std::uint64_t fingerprint, const std::byte* memory) noexcept
      : source_(source), fingerprint_(fingerprint) {
    source_.prepared = memory;
    source_.first_prepared = offsets[begin];
  }

  weight_source source_;
  std::uint64_t fingerprint_;
};

namespace detail {

/// True where a network with these options can use such weights as they are.
template <class Weights, const auto& Graph, class Options, std::size_t First, std::size_t Last>
consteval bool is_prepared() {
  if constexpr (prepared_weights<Graph, Options, First, Last>::bytes == 0) {
    return true;
  } else if constexpr (requires { Weights::numerics; }) {
    return Weights::numerics == Options::numerics;
  } else {
    return false;
  }
}

/// Says so where they are not.
template <class Weights, const auto& Graph, class Options, std::size_t First, std::size_t Last>
consteval bool check_prepared() {
  static_assert(is_prepared<Weights, Graph, Options, First, Last>(),
                "cleave: the numeric policy of these options wants prepared weights: "
                "auto prepared = cleave::prepare_weights<graph, Options>(weights);");
  return true;
}

}  // namespace detail

}  // namespace cleave
#endif
