// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_PREPARED_LAYOUT_HPP
#define CLEAVE_NETWORK_PREPARED_LAYOUT_HPP

/// @file
/// Where each layer's prepared weights lie.

#include <array>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/network/numeric_policy.hpp>
#include <cleave/weights/format.hpp>

namespace cleave {

/// The place of each node's prepared weights, in bytes from the first of all; behind the last node the size of all.
template <const auto& Graph, numeric_policy Policy>
inline constexpr auto prepared_offsets = [] {
  std::array<std::size_t, Graph.node_count + 1> offsets{};
  for (std::size_t i = 0; i < Graph.node_count; ++i) {
    offsets[i + 1] = offsets[i] + round_up(prepared_bytes_of(Graph.nodes[i], Policy), blob_format::alignment);
  }
  return offsets;
}();

}  // namespace cleave
#endif
