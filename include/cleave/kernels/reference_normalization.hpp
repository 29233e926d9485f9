// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_NORMALIZATION_HPP
#define CLEAVE_KERNELS_REFERENCE_NORMALIZATION_HPP

/// @file
/// What normalization.hpp, normalize.hpp and reduce.hpp must compute, as plain loops.

#include <array>
#include <cstddef>
#include <limits>

#include <cleave/core/choices.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/normalization.hpp>
#include <cleave/kernels/normalize.hpp>
#include <cleave/kernels/reduce.hpp>
#include <cleave/kernels/reference_activation.hpp>

namespace cleave::kernels::reference {

inline void batch_normalization(const batch_normalization_shape& of, const float* in, const float* weights, float* out,
                                range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        const std::size_t i = at(of.out, y, x, c);
        out[i] = apply(of.post, fused(in[i], weights[c], weights[of.out.channels + c]));
      }
    }
  }
}

/// x / base^beta; the square roots stand for the powers 0.5 and 0.75.
inline float over_power(float x, float base, float beta) noexcept {
  const auto root = [](float value) { return sqrt(scalar_pack{value}).value; };
  if (beta == 0.75F) return x / (root(base) * root(root(base)));
  if (beta == 0.5F) return x / root(base);
  if (beta == 1.0F) return x / base;
  const float logarithm = kernels::log(scalar_pack{base}).value;
  return x * kernels::exp(scalar_pack{logarithm * -beta}).value;
}

inline void local_response_normalization(const local_response_normalization_shape& of, const float* in, float* out,
                                         range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int c = 0; c < of.out.channels; ++c) {
        float sum = 0;
        for (int k = c - (of.size - 1) / 2; k <= c + of.size / 2; ++k) {
          if (k < 0 || k >= of.out.channels) continue;
          const float neighbour = in[at(of.out, y, x, k)];
          sum = fused(neighbour, neighbour, sum);
        }
        const float base = fused(of.alpha / static_cast<float>(of.size), sum, of.bias);
        out[at(of.out, y, x, c)] = over_power(in[at(of.out, y, x, c)], base, of.beta);
      }
    }
  }
}

/// The fold of fold_channels.hpp.
template <class Fold, class Join>
float fold_channels(const float* pixel, int channels, float initial, Fold fold, Join join) noexcept {
  std::array<float, 16> part;
  part.fill(initial);
  for (int c = 0; c < channels; ++c) {
    part[static_cast<std::size_t>(c % 16)] = fold(part[static_cast<std::size_t>(c % 16)], pixel[c]);
  }
  for (std::size_t half = 8; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) part[i] = join(part[i], part[i + half]);
  }
  return part[0];
}

template <class Term>
float sum_channels(const float* pixel, int channels, Term term) noexcept {
  return fold_channels(pixel, channels, 0.0F, term, [](float a, float b) { return a + b; });
}

/// A reduction of one pixel.
inline float reduce_pixel(reduction what, const float* pixel, int channels) noexcept {
  const auto plain = [](float part, float x) { return part + x; };
  const auto square = [](float part, float x) { return fused(x, x, part); };
  const auto logarithm = [](float x) { return any_log(scalar_pack{x}).value; };
  float least = pixel[0];
  float greatest = pixel[0];
  for (int c = 1; c < channels; ++c) {
    least = pixel[c] < least ? pixel[c] : least;
    greatest = pixel[c] > greatest ? pixel[c] : greatest;
  }
  switch (what) {
    case reduction::mean: return sum_channels(pixel, channels, plain) / static_cast<float>(channels);
    case reduction::sum: return sum_channels(pixel, channels, plain);
    case reduction::max: return greatest + 0.0F;
    case reduction::min: return least + 0.0F;
    case reduction::product: {
      const auto times = [](float a, float b) { return a * b; };
      return fold_channels(pixel, channels, 1.0F, times, times);
    }
    case reduction::l1:
      return sum_channels(pixel, channels, [](float part, float x) { return part + (x < 0 ? -x : x); });
    case reduction::l2: return __builtin_sqrtf(sum_channels(pixel, channels, square));
    case reduction::sum_square: return sum_channels(pixel, channels, square);
    case reduction::log_sum: return logarithm(sum_channels(pixel, channels, plain));
    case reduction::log_sum_exp: {
      constexpr float limit = std::numeric_limits<float>::max();
      const float base = greatest > limit ? limit : greatest < -limit ? -limit : greatest + 0.0F;
      return base + logarithm(sum_channels(pixel, channels, [base](float part, float x) {
               return part + kernels::exp(scalar_pack{x - base}).value;
             }));
    }
  }
  return 0;
}

inline void reduce(const reduce_shape& of, const float* in, float* out, range rows) noexcept {
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.in.width; ++x) {
      out[y * of.in.width + x] = reduce_pixel(of.what, in + at(of.in, y, x, 0), of.in.channels);
    }
  }
}

inline void normalize(const normalize_shape& of, const float* in, float* out, range rows) noexcept {
  const int channels = of.out.channels;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      const float* const pixel = in + at(of.out, y, x, 0);
      const float mean = of.center ? reduce_pixel(reduction::mean, pixel, channels) : 0.0F;
      const float squares = sum_channels(
          pixel, channels, [mean](float part, float element) { return fused(element - mean, element - mean, part); });
      const float factor = 1.0F / __builtin_sqrtf(squares / static_cast<float>(channels) + of.epsilon);
      for (int c = 0; c < channels; ++c) out[at(of.out, y, x, c)] = fused(pixel[c] - mean, factor, 0.0F);
    }
  }
}

}  // namespace cleave::kernels::reference
#endif
