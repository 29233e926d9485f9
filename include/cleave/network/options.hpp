// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_OPTIONS_HPP
#define CLEAVE_NETWORK_OPTIONS_HPP

/// @file
/// How a network computes, apart from what it computes.

#include <cstddef>
#include <cstdint>

#include <cleave/simd/native.hpp>

namespace cleave {

/// The options of a network that says nothing else. Derive from it and hide what shall differ:
/// `struct on_scalars : cleave::default_options { using pack = cleave::scalar_pack; };`.
struct default_options {
  /// What kernels compute with.
  using pack = native_pack;
  /// The workspace lies inside the network object; false: it is given to the constructor.
  static constexpr bool owns_workspace = true;
  /// Bytes that every tensor in the workspace is aligned to.
  static constexpr std::size_t alignment = native_pack::lanes > 1 ? 64 : 8;
};

/// What two ends must share for equal bits: 1 where products and sums are rounded once (one order of summation,
/// fused), 0 where they are rounded apart.
template <class Options>
inline constexpr std::uint32_t numeric_id = Options::pack::fused ? 1 : 0;

}  // namespace cleave
#endif
