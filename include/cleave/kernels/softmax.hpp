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
#include <cleave/core/static_for.hpp>
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

/// The partial sums' sum.
template <std::size_t Apart = partial_sums / 2>
[[gnu::always_inline]] inline float combine(float* partial) noexcept {
  static_for<Apart>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { partial[Index] = partial[Index] + partial[Index + Apart]; });
  if constexpr (Apart > 1) return combine<Apart / 2>(partial);
  return partial[0];
}

/// The sum of term(elements of a pixel) in the order above. Each term also goes to
/// `keep.template operator()<Count>(channel, term)`, with `Count` lanes that count.
/// Requires: the term of -inf is +0, and that of +0 does not depend on its sign.
template <int Channels, pack Pack, class Term, class Keep>
[[gnu::always_inline]] inline float ordered_sum(const float* pixel, Term term, Keep keep) noexcept {
  static_assert(partial_sums % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  float partial[partial_sums] = {};
  const auto add = [&]<int Count>(std::size_t c) __attribute__((always_inline)) {
    const Pack value = term(load_lowest<Count, Pack>(pixel + c));
    keep.template operator()<Count>(c, value);
    float* const slot = partial + c % partial_sums;
    (Pack::load(slot) + value).store(slot);
  };
  std::size_t c = 0;
  for (; c + Pack::lanes <= channels; c += Pack::lanes) add.template operator()<static_cast<int>(Pack::lanes)>(c);
  if constexpr (tail > 0) add.template operator()<static_cast<int>(tail)>(c);
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
