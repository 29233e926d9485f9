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

/// out[i] = function(in[i]...) for `count` elements. `out` may be any of `in`; they must not overlap otherwise.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_flat(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  std::size_t i = 0;
  for (; i + Pack::lanes <= count; i += Pack::lanes) function(Pack::load(in + i)...).store(out + i);
  if constexpr (Pack::lanes > 1) {
    if (i == count) return;
    // The rest goes through a buffer: it is shorter than a pack, by how much is known only now.
    const auto padded = [&](const float* from) __attribute__((always_inline)) {
      float rest[Pack::lanes] = {};
      for (std::size_t k = 0; k < count - i; ++k) rest[k] = from[i + k];
      return Pack::load(rest);
    };
    float results[Pack::lanes];
    function(padded(in)...).store(results);
    for (std::size_t k = 0; k < count - i; ++k) out[i + k] = results[k];
  }
}

/// out[i] = function(in[i], numbers[i mod Channels]...). `count` is a multiple of Channels; `out` may be `in`.
template <int Channels, pack Pack, class Function, class... Numbers>
[[gnu::always_inline]] inline void map_channels(float* out, std::size_t count, Function function, const float* in,
                                                const Numbers*... numbers) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
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

}  // namespace cleave::kernels
#endif
