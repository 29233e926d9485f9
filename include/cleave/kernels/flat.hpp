// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_FLAT_HPP
#define CLEAVE_KERNELS_FLAT_HPP

/// @file
/// Loops over elements that all get the same treatment. Rows of a tensor lie behind each other, so these run over them
/// as one line; only numbers a channel need to know where a pixel begins.

#include <cstddef>

#include <cleave/core/shape.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// A run of elements of a tensor.
struct flat_run {
  std::size_t first;
  std::size_t count;
};

/// The elements of one row.
constexpr std::size_t row_size(shape of) noexcept {
  return static_cast<std::size_t>(of.width) * static_cast<std::size_t>(of.channels);
}

/// Where the elements of `rows` lie.
constexpr flat_run elements_of(shape of, range rows) noexcept {
  return {static_cast<std::size_t>(rows.begin) * row_size(of), static_cast<std::size_t>(rows.size()) * row_size(of)};
}

namespace detail {

/// The last few elements, fewer than a pack: `function` sees them padded with zeros.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_rest(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  const auto padded = [&](const float* from) __attribute__((always_inline)) {
    float rest[Pack::lanes] = {};
    for (std::size_t i = 0; i < count; ++i) rest[i] = from[i];
    return Pack::load(rest);
  };
  float results[Pack::lanes];
  function(padded(in)...).store(results);
  for (std::size_t i = 0; i < count; ++i) out[i] = results[i];
}

/// `numbers` over and over, long enough to load a pack from wherever a pixel stands.
template <int Channels, pack Pack>
struct repeated_numbers {
  float number[Pack::lanes + static_cast<std::size_t>(Channels)];

  [[gnu::always_inline]] explicit repeated_numbers(const float* numbers) noexcept {
    constexpr auto channels = static_cast<std::size_t>(Channels);
    for (std::size_t i = 0; i < channels; ++i) number[i] = numbers[i];
    for (std::size_t i = channels; i < Pack::lanes + channels; ++i) number[i] = number[i - channels];
  }
};

}  // namespace detail

/// out[i] = function(in[i]...) for `count` elements. `out` may be any of `in`; they must not overlap otherwise.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_flat(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  std::size_t i = 0;
  for (; i + Pack::lanes <= count; i += Pack::lanes) function(Pack::load(in + i)...).store(out + i);
  if constexpr (Pack::lanes > 1) {
    if (i < count) detail::map_rest<Pack>(out + i, count - i, function, (in + i)...);
  }
}

/// out[i] = function(in[i], numbers[i mod Channels]...). `count` is a multiple of Channels; `out` may be `in`.
template <int Channels, pack Pack, class Function, class... Numbers>
[[gnu::always_inline]] inline void map_channels(float* out, std::size_t count, Function function, const float* in,
                                                const Numbers*... numbers) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  if constexpr (channels < Pack::lanes && sizeof...(Numbers) > 0) {
    // Several pixels a pack.
    const auto run = [&](const auto&... repeated) __attribute__((always_inline)) {
      std::size_t phase = 0;
      std::size_t i = 0;
      for (; i + Pack::lanes <= count; i += Pack::lanes) {
        function(Pack::load(in + i), Pack::load(repeated.number + phase)...).store(out + i);
        phase += Pack::lanes % channels;
        if (phase >= channels) phase -= channels;
      }
      if (i < count) detail::map_rest<Pack>(out + i, count - i, function, in + i, (repeated.number + phase)...);
    };
    run(detail::repeated_numbers<Channels, Pack>(numbers)...);
  } else {
    for (std::size_t pixel = 0; pixel < count; pixel += channels) {
      std::size_t c = 0;
      for (; c + Pack::lanes <= channels; c += Pack::lanes) {
        function(Pack::load(in + pixel + c), Pack::load(numbers + c)...).store(out + pixel + c);
      }
      if constexpr (tail > 0) {
        constexpr auto rest = static_cast<int>(tail);
        function(Pack::template load_first<rest>(in + pixel + c), Pack::template load_first<rest>(numbers + c)...)
            .template store_first<rest>(out + pixel + c);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
