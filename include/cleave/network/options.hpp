// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_OPTIONS_HPP
#define CLEAVE_NETWORK_OPTIONS_HPP

/// @file
/// How a network computes, apart from what it computes.

#include <cstddef>
#include <cstdint>

#include <cleave/network/executor.hpp>
#include <cleave/network/numeric_policy.hpp>
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
  /// How sums may be formed.
  static constexpr numeric_policy numerics = numeric_policy::in_order;
  /// Layers with weights share one function for all shapes: less code, more time.
  static constexpr bool small_code = false;
  /// Who computes a step's parts. With any other than `sequential` a network is given one to view.
  using executor = sequential;
};

/// What a network takes where nothing is said. Derive from it and hide what shall differ:
/// `struct on_scalars : cleave::default_options { using pack = cleave::scalar_pack; };`. The native pack is in its
/// type, so that units compiled for different processors can be linked together: each has networks of its own.
using default_options = options_with<native_pack>;

/// Options that permit what changes bits for speed: see `numeric_policy::winograd`. A network with these takes weights
/// that were prepared for it, see `prepared_weights`.
template <pack Pack>
struct fast_options_with : options_with<Pack> {
  static constexpr numeric_policy numerics = numeric_policy::winograd;
};
using fast_options = fast_options_with<native_pack>;

/// Options for where flash is scarcer than time; to be compiled with -Os. Bits are those of `default_options`.
template <pack Pack>
struct small_options_with : options_with<Pack> {
  static constexpr bool small_code = true;
};
using small_options = small_options_with<native_pack>;

/// What two ends must share for equal bits: 1 where products and sums are rounded once (one order of summation,
/// fused), 0 where they are rounded apart; and twice the number of the numeric policy.
template <class Options>
inline constexpr std::uint32_t numeric_id =
    (Options::pack::fused ? 1U : 0U) + 2U * static_cast<std::uint32_t>(Options::numerics);

}  // namespace cleave
#endif
