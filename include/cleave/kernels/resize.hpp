// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_RESIZE_HPP
#define CLEAVE_KERNELS_RESIZE_HPP

/// @file
/// Another height and width: each element is the nearest one, or is interpolated between the two, along each axis, that
/// are around. Where they are is worked out while compiling.

#include <algorithm>
#include <array>
#include <cstddef>

#include <cleave/core/choices.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/strip.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `resize` is keyed by. The scales are output size / input size where they are 0.
struct resize_shape {
  shape in;
  shape out;
  resize_mode mode;
  resize_coordinates coordinates;
  resize_rounding rounding;
  float vertical_scale = 0;
  float horizontal_scale = 0;

  constexpr bool operator==(const resize_shape&) const = default;
};

/// The elements of the input between which an element lies, and how far from the first to the second.
struct resize_tap {
  int first = 0;
  int second = 0;
  float weight = 0;
};

namespace detail {

/// The largest whole number that is not above x.
constexpr int whole_below(double x) noexcept {
  const int towards_zero = static_cast<int>(x);
  return towards_zero > x ? towards_zero - 1 : towards_zero;
}

constexpr double resize_position(resize_coordinates how, int index, int in, int out, float given_scale) noexcept {
  const double scale = given_scale > 0 ? static_cast<double>(given_scale) : static_cast<double>(out) / in;
  switch (how) {
    case resize_coordinates::half_pixel: return (index + 0.5) / scale - 0.5;
    case resize_coordinates::asymmetric: return index / scale;
    case resize_coordinates::align_corners: return out == 1 ? 0 : static_cast<double>(index) * (in - 1) / (out - 1);
    case resize_coordinates::pytorch_half_pixel: return out == 1 ? 0 : (index + 0.5) / scale - 0.5;
    case resize_coordinates::tf_half_pixel_for_nn: return (index + 0.5) / scale;
  }
  return 0;
}

constexpr int nearest(resize_rounding how, double position) noexcept {
  switch (how) {
    case resize_rounding::round_prefer_floor: return -whole_below(0.5 - position);
    case resize_rounding::round_prefer_ceil: return whole_below(position + 0.5);
    case resize_rounding::floor: return whole_below(position);
    case resize_rounding::ceil: return -whole_below(-position);
  }
  return 0;
}

constexpr resize_tap resize_tap_at(const resize_shape& of, int index, int in, int out, float scale) noexcept {
  // Far outside, all places are as good.
  const double position = std::clamp(resize_position(of.coordinates, index, in, out, scale), -2.0, in + 1.0);
  if (of.mode == resize_mode::nearest) {
    const int place = std::clamp(nearest(of.rounding, position), 0, in - 1);
    return {place, place, 0};
  }
  const double inside = std::clamp(position, 0.0, static_cast<double>(in - 1));
  const int first = whole_below(inside);
  return {first, std::min(first + 1, in - 1), static_cast<float>(inside - first)};
}

}  // namespace detail

/// Where output row `y` lies.
constexpr resize_tap resize_row(const resize_shape& of, int y) noexcept {
  return detail::resize_tap_at(of, y, of.in.height, of.out.height, of.vertical_scale);
}

/// Where output column `x` lies.
constexpr resize_tap resize_column(const resize_shape& of, int x) noexcept {
  return detail::resize_tap_at(of, x, of.in.width, of.out.width, of.horizontal_scale);
}

namespace detail {

template <resize_shape Shape>
inline constexpr auto resize_rows = [] {
  std::array<resize_tap, static_cast<std::size_t>(Shape.out.height)> all{};
  for (int y = 0; y < Shape.out.height; ++y) all[static_cast<std::size_t>(y)] = resize_row(Shape, y);
  return all;
}();

template <resize_shape Shape>
inline constexpr auto resize_columns = [] {
  std::array<resize_tap, static_cast<std::size_t>(Shape.out.width)> all{};
  for (int x = 0; x < Shape.out.width; ++x) all[static_cast<std::size_t>(x)] = resize_column(Shape, x);
  return all;
}();

}  // namespace detail

/// Makes rows of the resized tensor. The tensors must not overlap.
template <resize_shape Shape, pack Pack>
void resize(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  constexpr auto pixel = static_cast<std::ptrdiff_t>(channels);
  constexpr auto line = static_cast<std::ptrdiff_t>(row_size(Shape.in));
  float* to = out + static_cast<std::size_t>(rows.begin) * row_size(Shape.out);
  for (int y = rows.begin; y < rows.end; ++y) {
    const resize_tap row = detail::resize_rows<Shape>[static_cast<std::size_t>(y)];
    const float* const above = in + row.first * line;
    const float* const below = in + row.second * line;
    for (const resize_tap& column : detail::resize_columns<Shape>) {
      for_each_strip<channels, 2, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        using piece = strip<Pack, Count>;
        const auto at = [&](const float* from, int place) __attribute__((always_inline)) {
          return piece::load(from + place * pixel + channel);
        };
        if constexpr (Shape.mode == resize_mode::nearest) {
          at(above, column.first).store(to + channel);
        } else {
          const auto between = [](float weight) __attribute__((always_inline)) {
            return [weight = Pack::fill(weight)](Pack a, Pack b) __attribute__((always_inline)) {
              return fma(weight, b - a, a);
            };
          };
          const auto across = between(column.weight);
          piece upper = at(above, column.first);
          upper.update(across, at(above, column.second));
          piece lower = at(below, column.first);
          lower.update(across, at(below, column.second));
          upper.update(between(row.weight), lower);
          upper.store(to + channel);
        }
      });
      to += pixel;
    }
  }
}

}  // namespace cleave::kernels
#endif
