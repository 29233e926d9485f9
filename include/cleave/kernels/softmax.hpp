// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_SOFTMAX_HPP
#define CLEAVE_KERNELS_SOFTMAX_HPP

/// @file
/// softmax and log softmax over the channels of each pixel. The largest element is subtracted first, so that nothing
/// overflows.
///
/// The order of the sum, the same for every pack: element c is added to partial sum c mod 16, in order of c, each
/// beginning at +0; then partial sums 8 apart are added, 4 apart, 2 apart, and the last two.

#include <bit>
#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/largest.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `softmax` and `log_softmax` are keyed by.
struct softmax_shape {
  shape out;

  constexpr bool operator==(const softmax_shape&) const = default;
};

/// softmax gives 0 where x - max is less than this: the quotient could be a subnormal number.
constexpr float softmax_floor(int channels) noexcept {
  const auto doublings = static_cast<int>(std::bit_width(static_cast<unsigned>(channels - 1)));
  return static_cast<float>(doublings) * 0.75F - 87.0F;  // more than ln 2 each; all exact
}

namespace detail {

inline constexpr std::size_t partial_sums = 16;

/// partial[0], after all have been added up.
[[gnu::always_inline]] inline float combine(float* partial) noexcept {
  for (std::size_t apart = partial_sums / 2; apart > 0; apart /= 2) {
    for (std::size_t i = 0; i < apart; ++i) partial[i] = partial[i] + partial[i + apart];
  }
  return partial[0];
}

/// The sum of term(pack of a pixel's elements), in the order above; `keep(i, term)` sees each full pack and
/// `keep.template operator()<Count>(i, term)` the last part.
template <int Channels, pack Pack, class Term, class Keep>
[[gnu::always_inline]] inline float ordered_sum(const float* pixel, Term term, Keep keep) noexcept {
  static_assert(partial_sums % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  float partial[partial_sums] = {};
  std::size_t c = 0;
  for (; c + Pack::lanes <= channels; c += Pack::lanes) {
    float* const slot = partial + c % partial_sums;
    const Pack value = term(Pack::load(pixel + c));
    keep.template operator()<static_cast<int>(Pack::lanes)>(c, value);
    (Pack::load(slot) + value).store(slot);
  }
  if constexpr (tail > 0) {
    constexpr auto rest = static_cast<int>(tail);
    float* const slot = partial + c % partial_sums;
    const Pack value = term(Pack::template load_first<rest>(pixel + c));
    keep.template operator()<rest>(c, value);
    (Pack::load(slot) + value).template store_first<rest>(slot);
  }
  return combine(partial);
}

}  // namespace detail

/// exp(x - max) / sum of exp(x - max) over the channels of each pixel; `in` may be `out`.
template <softmax_shape Shape, pack Pack>
void softmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const Pack greatest = Pack::fill(largest<channels, Pack>(in + i));
    const auto power = [&](Pack x) __attribute__((always_inline)) {
      const Pack y = x - greatest;
      // What lies below the floor is thrown so far down that exp makes 0 of it.
      const Pack below = min(Pack::fill(0.0F), y - Pack::fill(softmax_floor(channels)));
      return kernels::exp(fma(below, Pack::fill(0x1p30F), y));
    };
    const float sum = detail::ordered_sum<channels, Pack>(
        in + i, power, [&]<int Count>(std::size_t c, Pack value) __attribute__((always_inline)) {
          value.template store_first<Count>(out + i + c);
        });
    const Pack divisor = Pack::fill(sum);
    map_channels<channels, Pack>(
        out + i, pixel_size, [&](Pack x) __attribute__((always_inline)) { return divide(x, divisor); }, out + i);
  }
}

/// (x - max) - log(sum of exp(x - max)) over the channels of each pixel; `in` may be `out`.
template <softmax_shape Shape, pack Pack>
void log_softmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const Pack greatest = Pack::fill(largest<channels, Pack>(in + i));
    const float sum = detail::ordered_sum<channels, Pack>(
        in + i, [&](Pack x) __attribute__((always_inline)) { return kernels::exp(x - greatest); },
        []<int Count>(std::size_t, Pack) __attribute__((always_inline)){});
    const Pack logarithm = kernels::log(Pack::fill(sum));
    map_channels<channels, Pack>(
        out + i, pixel_size, [&](Pack x) __attribute__((always_inline)) { return (x - greatest) - logarithm; }, in + i);
  }
}

}  // namespace cleave::kernels
#endif
