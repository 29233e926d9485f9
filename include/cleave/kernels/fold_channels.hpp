// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_FOLD_CHANNELS_HPP
#define CLEAVE_KERNELS_FOLD_CHANNELS_HPP

/// @file
/// One number of the channels of a pixel, in one order for every pack: channel c goes into part c mod 16, in order of
/// c; then parts 8 apart are joined, 4 apart, 2 apart, and the last two. Sums of softmax.hpp have that order too.

#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

namespace detail {

inline constexpr std::size_t fold_parts = 16;

/// Joins the parts of a fold.
template <std::size_t Apart = fold_parts / 2, class Join>
[[gnu::always_inline]] inline float join_parts(float* part, Join join) noexcept {
  static_for<Apart>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { part[Index] = join(part[Index], part[Index + Apart]); });
  if constexpr (Apart > 1) return join_parts<Apart / 2>(part, join);
  return part[0];
}

}  // namespace detail

/// Folds `Channels` floats with `fold(part, element)` over packs, from parts that are `initial`, and the parts with
/// `join(part, part)` over floats.
template <int Channels, pack Pack, class Fold, class Join>
[[gnu::always_inline]] inline float fold_channels(const float* pixel, float initial, Fold fold, Join join) noexcept {
  using detail::fold_parts;
  static_assert(fold_parts % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t even = channels / fold_parts * fold_parts;
  constexpr std::size_t packs = fold_parts / Pack::lanes;
  constexpr std::size_t rest = channels - even;
  constexpr std::size_t tail = rest % Pack::lanes;
  Pack part[packs];
  static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) { part[Index] = Pack::fill(initial); });
  for (std::size_t c = 0; c < even; c += fold_parts) {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index] = fold(part[Index], Pack::load(pixel + c + Index * Pack::lanes));
    });
  }
  static_for<rest / Pack::lanes>([&]<std::size_t Index>() __attribute__((always_inline)) {
    part[Index] = fold(part[Index], Pack::load(pixel + even + Index * Pack::lanes));
  });
  float parts[fold_parts];
  static_for<packs>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { part[Index].store(parts + Index * Pack::lanes); });
  if constexpr (tail > 0) {
    // Exactly the last channels; the other lanes' parts have nothing to take.
    constexpr auto count = static_cast<int>(tail);
    float* const slot = parts + rest - tail;
    fold(Pack::template load_first<count>(slot), Pack::template load_first<count>(pixel + channels - tail))
        .template store_first<count>(slot);
  }
  return detail::join_parts(parts, join);
}

/// The sum of term(part, element), each part beginning at +0: `term` adds what an element gives to a part.
template <int Channels, pack Pack, class Term>
[[gnu::always_inline]] inline float sum_channels(const float* pixel, Term term) noexcept {
  return fold_channels<Channels, Pack>(
      pixel, 0.0F, term, [](float a, float b) __attribute__((always_inline)) { return a + b; });
}

/// What a function of packs gives for one float.
template <pack Pack, class Function>
[[gnu::always_inline]] inline float of_one(Function function, float x) noexcept {
  float result;
  function(Pack::fill(x)).template store_first<1>(&result);
  return result;
}

}  // namespace cleave::kernels
#endif
