// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_MAKE_NETWORK_HPP
#define CLEAVE_NETWORK_MAKE_NETWORK_HPP

/// @file
/// Networks on the heap, for workspaces too large for a stack. Hosted: allocates.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <cleave/core/large_pages.hpp>
#include <cleave/network/network.hpp>
#include <cleave/weights/owned.hpp>

namespace cleave {

namespace detail {

template <class Network, class... Arguments>
std::unique_ptr<Network> make_on_large_pages(Arguments&... arguments) {
  auto made = std::make_unique<Network>(arguments...);
  // The workspace was not written to yet.
  ask_for_large_pages(made.get(), sizeof(Network));
  return made;
}

}  // namespace detail

/// A network on the heap: `auto whole = cleave::make_network<vgg16>(weights);`.
template <const auto& Graph, class Options = default_options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights& weights) {
  return detail::make_on_large_pages<network<Graph, Options>>(weights);
}
template <const auto& Graph, class Options = default_options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights&& weights) = delete;

/// The same for options with an executor: `cleave::make_network<vgg16, threaded>(weights, pool)`.
template <const auto& Graph, class Options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights& weights, typename Options::executor& executor) {
  return detail::make_on_large_pages<network<Graph, Options>>(weights, executor);
}

/// Prepared weights with memory of their own, on the heap; `weights` must outlive them. Movable.
template <const auto& Graph, class Options, std::size_t First = 1, std::size_t Last = Graph.last>
class owned_prepared_weights {
  using view = prepared_weights<Graph, Options, First, Last>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr numeric_policy numerics = Options::numerics;

  template <class Weights>
  explicit owned_prepared_weights(const Weights& weights)
      : memory_(view::bytes), view_(weights, std::span<std::byte, view::bytes>{memory_.all()}) {}

  weight_source source() const noexcept { return view_.source(); }
  std::uint64_t fingerprint() const noexcept { return view_.fingerprint(); }

 private:
  aligned_bytes memory_;
  view view_;
};

/// Weights in the form that the numeric policy of `Options` wants, for all networks with these options:
/// `auto prepared = cleave::prepare_weights<vgg16, cleave::fast_options>(weights);`. Weights of a slice are prepared by
/// `owned_prepared_weights` with its layers.
template <const auto& Graph, class Options, class Weights>
owned_prepared_weights<Graph, Options> prepare_weights(const Weights& weights) {
  return owned_prepared_weights<Graph, Options>{weights};
}
template <const auto& Graph, class Options, class Weights>
owned_prepared_weights<Graph, Options> prepare_weights(const Weights&& weights) = delete;

}  // namespace cleave
#endif
