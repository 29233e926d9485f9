// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_MAKE_NETWORK_HPP
#define CLEAVE_NETWORK_MAKE_NETWORK_HPP

/// @file
/// Networks on the heap, for workspaces too large for a stack. Hosted: allocates.

#include <memory>

#include <cleave/network/network.hpp>

namespace cleave {

/// A network on the heap: `auto whole = cleave::make_network<vgg16>(weights);`.
template <const auto& Graph, class Options = default_options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights& weights) {
  return std::make_unique<network<Graph, Options>>(weights);
}
template <const auto& Graph, class Options = default_options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights&& weights) = delete;

}  // namespace cleave
#endif
