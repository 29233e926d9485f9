// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_NORMALIZATION_HPP
#define CLEAVE_KERNELS_NORMALIZATION_HPP

/// @file
/// Batch normalisation, in inference one factor and one term a channel, and normalisation across channels.

#include <algorithm>
#include <cstddef>

#include <cleave/core/activation.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `batch_normalization` is keyed by.
struct batch_normalization_shape {
  shape out;
  activation post{};

  constexpr bool operator==(const batch_normalization_shape&) const = default;
};

/// post(x scale + shift); `weights` is scale[channels], then shift[channels]; `in` may be `out`.
template <batch_normalization_shape Shape, pack Pack>
void batch_normalization(const float* in, const float* weights, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  map_channels<Shape.out.channels, Pack>(
      out + run.first, run.count, [](Pack x, Pack scale, Pack shift) __attribute__((always_inline)) {
        return apply_any<Shape.post>(fma(x, scale, shift));
      },
      in + run.first, weights, weights + Shape.out.channels);
}

/// What `local_response_normalization` is keyed by.
struct local_response_normalization_shape {
  shape out;
  int size;  ///< channels in the window around each
  float alpha;
  float beta;
  float bias;

  constexpr bool operator==(const local_response_normalization_shape&) const = default;
};

namespace detail {

/// A float as a template argument; clang 14 takes none by itself.
struct float_constant {
  float value;
};

/// x / base^beta, for a base that is normal and positive.
template <float_constant Beta, pack Pack>
[[gnu::always_inline]] inline Pack over_power(Pack x, Pack base) noexcept {
  // The exponent of the classic networks needs no logarithm.
  if constexpr (Beta.value == 0.75F) {
    const Pack root = sqrt(base);
    return divide(x, root * sqrt(root));
  } else if constexpr (Beta.value == 0.5F) {
    return divide(x, sqrt(base));
  } else if constexpr (Beta.value == 1.0F) {
    return divide(x, base);
  } else {
    return x * kernels::exp(kernels::log(base) * Pack::fill(-Beta.value));
  }
}

}  // namespace detail

/// x / (bias + alpha / size * s)^beta, where s is the sum of the squares of the channels from (size - 1) / 2 before to
/// size / 2 after, added from +0 in order. `in` and `out` must not overlap.
/// Requires: what is raised to the power is normal and positive, as with bias > 0 it is, short of overflow.
template <local_response_normalization_shape Shape, pack Pack>
void local_response_normalization(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr int before = (Shape.size - 1) / 2;
  constexpr int after = Shape.size / 2;
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr detail::float_constant beta{Shape.beta};
  const Pack factor = Pack::fill(Shape.alpha / static_cast<float>(Shape.size));
  const Pack bias = Pack::fill(Shape.bias);

  // `first` points at the first lane's first tap.
  const auto normalized = [&](const float* first, range taps = {0, Shape.size}) __attribute__((always_inline)) {
    Pack sum = Pack::fill(0.0F);
    for (int k = taps.begin; k < taps.end; ++k) {
      const Pack x = Pack::load(first + k);
      sum = fma(x, x, sum);
    }
    return detail::over_power<beta>(Pack::load(first + before), fma(factor, sum, bias));
  };
  // Taps at channels that do not exist are read as 0, which changes no bit of a sum of squares.
  const auto at_edge = [&]<int Channel>(const float* pixel, float* to) __attribute__((always_inline)) {
    constexpr int first = Channel - before;
    constexpr int begin = std::max(0, first);
    constexpr int end = std::min(channels, Channel + lanes + after);
    float part[lanes + Shape.size - 1] = {};
    for (int i = begin; i < end; ++i) part[i - first] = pixel[i];
    normalized(part).template store_first<std::min(lanes, channels - Channel)>(to + Channel);
  };

  const flat_run run = elements_of(Shape.out, rows);
  const float* const end = in + run.first + run.count;
  float* to = out + run.first;
  for (const float* pixel = in + run.first; pixel != end; pixel += channels, to += channels) {
    if constexpr (lanes == 1) {
      for (int c = 0; c < channels; ++c) {
        const range taps{std::max(0, before - c), std::min(Shape.size, channels + before - c)};
        normalized(pixel + c - before, taps).store(to + c);
      }
    } else {
      // Packs [left, right) have all their taps.
      constexpr int packs = ceil_div(channels, lanes);
      constexpr int left = std::min(packs, ceil_div(before, lanes));
      constexpr int right = std::max(left, channels < lanes + after ? 0 : (channels - after) / lanes);
      static_for<static_cast<std::size_t>(left)>([&]<std::size_t Index>() __attribute__((always_inline)) {
        at_edge.template operator()<static_cast<int>(Index) * lanes>(pixel, to);
      });
      for (int c = left * lanes; c < right * lanes; c += lanes) normalized(pixel + c - before).store(to + c);
      static_for<static_cast<std::size_t>(packs - right)>([&]<std::size_t Index>() __attribute__((always_inline)) {
        at_edge.template operator()<(right + static_cast<int>(Index)) * lanes>(pixel, to);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
