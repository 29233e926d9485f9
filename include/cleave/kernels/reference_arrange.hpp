// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_ARRANGE_HPP
#define CLEAVE_KERNELS_REFERENCE_ARRANGE_HPP

/// @file
/// What elementwise.hpp, concat.hpp, pad.hpp, upsample.hpp, resize.hpp, argmax.hpp and
/// rearrange.hpp must compute, as plain loops.

#include <cstddef>
#include <cstdint>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/argmax.hpp>
#include <cleave/kernels/concat.hpp>
#include <cleave/kernels/elementwise.hpp>
#include <cleave/kernels/pad.hpp>
#include <cleave/kernels/rearrange.hpp>
#include <cleave/kernels/reference_activation.hpp>
#include <cleave/kernels/resize.hpp>
#include <cleave/kernels/upsample.hpp>

namespace cleave::kernels::reference {

/// One element of `elementwise`, before the activation.
inline float combine(arithmetic_kind what, float a, float b) noexcept {
  switch (what) {
    case arithmetic_kind::add: return a + b;
    case arithmetic_kind::subtract: return a - b;
    case arithmetic_kind::multiply: return fused(a, b, 0.0F);
    case arithmetic_kind::divide: return a / b;
    case arithmetic_kind::maximum: return (a > b ? a : b) + 0.0F;
    case arithmetic_kind::minimum: return (a < b ? a : b) + 0.0F;
    case arithmetic_kind::power: return kernels::power(scalar_pack{a}, scalar_pack{b}).value;
  }
  return a;
}

inline void elementwise(const elementwise_shape& of, const float* first, const float* second, float* out,
                        range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        const std::size_t i = at(of.out, y, x, c);
        const float a = first[i];
        const float b = of.second == operand_kind::full          ? second[i]
                        : of.second == operand_kind::per_channel ? second[c]
                        : of.second == operand_kind::per_pixel   ? second[y * of.out.width + x]
                                                                 : second[0];
        const float result = combine(of.what, a, b);
        out[i] = apply(of.post, result);
      }
    }
  }
}

constexpr void concat(const concat_shape& of, const float* in, float* out, range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.in.width; ++x) {
      for (int c = 0; c < of.in.channels; ++c) {
        out[at({of.in.height, of.in.width, of.channels}, y, x, of.offset + c)] = in[at(of.in, y, x, c)];
      }
    }
  }
}

constexpr void concat_rows(const concat_rows_shape& of, const float* in, float* out, range rows) noexcept {
  for (int y = 0; y < of.in.height; ++y) {
    if (y + of.offset < rows.begin || y + of.offset >= rows.end) continue;
    for (int x = 0; x < of.in.width; ++x) {
      for (int c = 0; c < of.in.channels; ++c) out[at(of.in, y + of.offset, x, c)] = in[at(of.in, y, x, c)];
    }
  }
}

constexpr void pad(const pad_shape& of, const float* in, float* out, range rows) noexcept {
  const shape to = of.out();
  const extent apart{of.interior.height + 1, of.interior.width + 1};
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < to.width; ++x) {
      for (int c = 0; c < to.channels; ++c) {
        const int row = y - of.border.top;
        const int column = x - of.border.left;
        const bool inside = row >= 0 && row % apart.height == 0 && row / apart.height < of.in.height && column >= 0 &&
                            column % apart.width == 0 && column / apart.width < of.in.width;
        out[at(to, y, x, c)] = inside ? in[at(of.in, row / apart.height, column / apart.width, c)] : of.value;
      }
    }
  }
}

constexpr void upsample(const upsample_shape& of, const float* in, float* out, range rows) noexcept {
  const shape to{of.in.height * of.factor.height, of.in.width * of.factor.width, of.in.channels};
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < to.width; ++x) {
      for (int c = 0; c < to.channels; ++c) {
        out[at(to, y, x, c)] = in[at(of.in, y / of.factor.height, x / of.factor.width, c)];
      }
    }
  }
}

inline void resize(const resize_shape& of, const float* in, float* out, range rows) noexcept {
  const auto between = [](float a, float b, float weight) { return fused(weight, b - a, a); };
  for (int y = rows.begin; y < rows.end; ++y) {
    const resize_tap row = resize_row(of, y);
    for (int x = 0; x < of.out.width; ++x) {
      const resize_tap column = resize_column(of, x);
      for (int c = 0; c < of.out.channels; ++c) {
        const auto across = [&](int from) {
          return between(in[at(of.in, from, column.first, c)], in[at(of.in, from, column.second, c)], column.weight);
        };
        const float nearest = in[at(of.in, row.first, column.first, c)];
        out[at(of.out, y, x, c)] =
            of.mode == resize_mode::nearest ? nearest : between(across(row.first), across(row.second), row.weight);
      }
    }
  }
}

constexpr void rearrange(const rearrange_shape& of, const float* in, float* out, range rows) noexcept {
  const std::size_t line = row_size(of.out);
  for (std::size_t i = static_cast<std::size_t>(rows.begin) * line; i < static_cast<std::size_t>(rows.end) * line;
       ++i) {
    long long from = of.order.offset;
    std::size_t rest = i;
    for (std::size_t direction = of.order.rank(); direction-- > 0;) {
      const auto size = static_cast<std::size_t>(of.order.sizes[direction]);
      from += static_cast<long long>(rest % size) * of.order.steps[direction];
      rest /= size;
    }
    out[i] = in[from];
  }
}

/// Where a pixel's largest or smallest element stands.
constexpr int place_of_best(const argmax_shape& of, const float* pixel) noexcept {
  int best = 0;
  for (int c = 1; c < of.in.channels; ++c) {
    const bool better = of.smallest ? pixel[c] < pixel[best] : pixel[c] > pixel[best];
    if (better || (of.last_index && pixel[c] == pixel[best])) best = c;
  }
  return best;
}

constexpr void argmax(const argmax_shape& of, const float* in, std::int32_t* out, range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.in.width; ++x) out[y * of.in.width + x] = place_of_best(of, in + at(of.in, y, x, 0));
  }
}

constexpr void hardmax(const hardmax_shape& of, const float* in, float* out, range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      const int best = place_of_best({of.out}, in + at(of.out, y, x, 0));
      for (int c = 0; c < of.out.channels; ++c) out[at(of.out, y, x, c)] = c == best ? 1.0F : 0.0F;
    }
  }
}

}  // namespace cleave::kernels::reference
#endif
