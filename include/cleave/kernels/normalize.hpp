// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_NORMALIZE_HPP
#define CLEAVE_KERNELS_NORMALIZE_HPP

/// @file
/// Normalisation over all channels of each pixel. Sums are made in the order of fold_channels.hpp.

#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/fold_channels.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `normalize` is keyed by.
struct normalize_shape {
  shape out;
  float epsilon;
  bool center;

  constexpr bool operator==(const normalize_shape&) const = default;
};

/// (x - mean) (1 / sqrt(variance + epsilon)), where without `center` the mean counts as 0; `in` may be `out`.
template <normalize_shape Shape, pack Pack>
void normalize(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  constexpr auto count = static_cast<float>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    float mean = 0;
    if constexpr (Shape.center) {
      mean = sum_channels<channels, Pack>(
                 in + i, [](Pack part, Pack x) __attribute__((always_inline)) { return part + x; }) /
             count;
    }
    const Pack middle = Pack::fill(mean);
    const float variance = sum_channels<channels, Pack>(
                               in + i,
                               [&](Pack part, Pack x) __attribute__((always_inline)) {
                                 const Pack apart = x - middle;
                                 return fma(apart, apart, part);
                               }) /
                           count;
    const Pack factor = divide(Pack::fill(1.0F), sqrt(Pack::fill(variance + Shape.epsilon)));
    map_channels<channels, Pack>(
        out + i,
        pixel_size, [&](Pack x) __attribute__((always_inline)) { return fma(x - middle, factor, Pack::fill(0.0F)); },
        in + i);
  }
}

}  // namespace cleave::kernels
#endif
