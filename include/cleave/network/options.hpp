// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_OPTIONS_HPP
#define CLEAVE_NETWORK_OPTIONS_HPP

/// @file
/// How a network computes, apart from what it computes.

#include <cstddef>
#include <cstdint>

#include <cleave/simd/native.hpp>

namespace cleave {

/// The options of a network that computes with `Pack` and says nothing else.
template <pack Pack>
struct options_with {
  /// What kernels compute with.
  using pack = Pack;
  /// The workspace lies inside the network object; false: it is given to the constructor.
  static constexpr bool owns_workspace = true;
  /// Bytes that every tensor in the workspace is aligned to.
  static constexpr std::size_t alignment = Pack::lanes > 1 ? 64 : 8;
};

/// What a network takes where nothing is said. Derive from it and hide what shall differ:
/// `struct on_scalars : cleave::default_options { using pack = cleave::scalar_pack; };`. The native pack is in its
/// type, so that units compiled for different processors can be linked together: each has networks of its own.
using default_options = options_with<native_pack>;

/// What two ends must share for equal bits: 1 where products and sums are rounded once (one order of summation,
/// fused), 0 where they are rounded apart.
template <class Options>
inline constexpr std::uint32_t numeric_id = Options::pack::fused ? 1 : 0;

}  // namespace cleave
#endif
