// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_STRIP_HPP
#define CLEAVE_KERNELS_STRIP_HPP

/// @file
/// Runs of channels that are held in registers while a kernel walks over the pixels of a window.

#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// `Count` floats in as many packs as they take. Lanes beyond them are 0 after a load and never stored.
template <pack Pack, int Count>
struct strip {
  static constexpr std::size_t packs = (static_cast<std::size_t>(Count) + Pack::lanes - 1) / Pack::lanes;

  Pack part[packs];

  [[gnu::always_inline]] static strip fill(float value) noexcept {
    strip result;
    static_for<packs>([&]<std::size_t Index>()
                          __attribute__((always_inline)) { result.part[Index] = Pack::fill(value); });
    return result;
  }

  [[gnu::always_inline]] static strip load(const float* from) noexcept {
    strip result;
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      result.part[Index] = Pack::template load_first<used<Index>>(from + Index * Pack::lanes);
    });
    return result;
  }

  [[gnu::always_inline]] void store(float* to) const noexcept {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index].template store_first<used<Index>>(to + Index * Pack::lanes);
    });
  }

  /// Every part becomes function(part), or function(part, other's part).
  template <class Function, class... Other>
  [[gnu::always_inline]] void update(Function function, const Other&... other) noexcept {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index] = function(part[Index], other.part[Index]...);
    });
  }

 private:
  static constexpr int width = static_cast<int>(Pack::lanes);
  template <std::size_t Index>
  static constexpr int used = Index + 1 < packs ? width : Count - static_cast<int>(Index) * width;
};

/// Calls `body.template operator()<Count>(channel)` for runs of `Group` packs and what is left, in order.
template <int Channels, int Group, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_strip(Body body) noexcept {
  constexpr int wide = Group * static_cast<int>(Pack::lanes);
  constexpr int even = Channels / wide * wide;
  for (int channel = 0; channel < even; channel += wide) body.template operator()<wide>(channel);
  if constexpr (even < Channels) body.template operator()<Channels - even>(even);
}

}  // namespace cleave::kernels
#endif
