// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_NUMERIC_POLICY_HPP
#define CLEAVE_NETWORK_NUMERIC_POLICY_HPP

/// @file
/// What a network may do to its arithmetic for speed, and which layers that concerns.

#include <cstddef>
#include <cstdint>

#include <cleave/graph/node.hpp>
#include <cleave/graph/weight_layout.hpp>
#include <cleave/kernels/winograd_shape.hpp>

namespace cleave {

/// How sums may be formed. Two ends of a link must have the same policy: a hello that says otherwise is refused.
enum class numeric_policy : std::uint8_t {
  in_order,  ///< every output is one chain of multiply-adds in the order of the definition
  winograd,  ///< 3x3 convolutions may be computed in tiles: up to 4 times fewer multiply-adds, other roundings
};

/// How a node is computed under a policy; edge 0 where the policy changes nothing. Depends on the shape alone, so all
/// targets choose alike.
constexpr kernels::winograd_tiling winograd_of(const node& of, numeric_policy policy) noexcept {
  if (policy != numeric_policy::winograd || of.what.kind != op::conv2d) return {};
  return kernels::choose_winograd(conv2d_shape_of(of, {}));
}

/// Bytes of memory that a node's kernel needs beside its tensors.
constexpr std::size_t scratch_bytes_of(const node& of, numeric_policy policy) noexcept {
  const kernels::winograd_tiling tiling = winograd_of(of, policy);
  return tiling.edge == 0 ? 0 : kernels::winograd_scratch_floats(conv2d_shape_of(of, {}), tiling) * sizeof(float);
}

/// Bytes that a node's weights take when they are prepared for the policy; 0 where they are used as they are stored.
constexpr std::size_t prepared_bytes_of(const node& of, numeric_policy policy) noexcept {
  const kernels::winograd_tiling tiling = winograd_of(of, policy);
  const bool as_stored = tiling.edge == 0 || tiling.inputs > 0;
  return as_stored ? 0 : kernels::winograd_weight_floats(conv2d_shape_of(of, {}), tiling) * sizeof(float);
}

}  // namespace cleave
#endif
