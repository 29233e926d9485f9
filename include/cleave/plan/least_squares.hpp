// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_LEAST_SQUARES_HPP
#define CLEAVE_PLAN_LEAST_SQUARES_HPP

/// @file
/// Least squares of a few unknowns, free or not negative: what predictors are fitted with. Hosted in purpose, though it
/// allocates nothing.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace cleave {

/// Equations `row * unknowns = right` summed up to their normal equations.
template <std::size_t Unknowns>
class least_squares {
 public:
  using vector = std::array<double, Unknowns>;
  static constexpr std::uint32_t all = (1U << Unknowns) - 1;

  void add(const vector& row, double right) noexcept {
    for (std::size_t i = 0; i < Unknowns; ++i) {
      for (std::size_t j = 0; j < Unknowns; ++j) gram_[i][j] += row[i] * row[j];
      projection_[i] += row[i] * right;
    }
    square_ += right * right;
  }

  /// The solution with the unknowns of `mask` alone, others 0. False where they are not independent.
  bool solve(std::uint32_t mask, vector& out) const noexcept {
    out = {};
    std::array<std::size_t, Unknowns> place{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < Unknowns; ++i) {
      if (mask >> i & 1U) place[count++] = i;
    }
    // Cholesky of the matrix with ones on its diagonal: columns differ by many powers of ten.
    std::array<std::array<double, Unknowns>, Unknowns> lower{};
    vector scale{};
    vector right{};
    for (std::size_t i = 0; i < count; ++i) {
      const double diagonal = gram_[place[i]][place[i]];
      if (!(diagonal > 0)) return false;
      scale[i] = 1 / std::sqrt(diagonal);
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = gram_[place[i]][place[j]] * scale[i] * scale[j];
        for (std::size_t k = 0; k < j; ++k) sum -= lower[i][k] * lower[j][k];
        if (i != j) {
          lower[i][j] = sum / lower[j][j];
        } else {
          if (!(sum > 1e-10)) return false;
          lower[i][i] = std::sqrt(sum);
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      right[i] = projection_[place[i]] * scale[i];
      for (std::size_t k = 0; k < i; ++k) right[i] -= lower[i][k] * right[k];
      right[i] /= lower[i][i];
    }
    for (std::size_t i = count; i-- > 0;) {
      for (std::size_t k = i + 1; k < count; ++k) right[i] -= lower[k][i] * right[k];
      right[i] /= lower[i][i];
    }
    for (std::size_t i = 0; i < count; ++i) out[place[i]] = right[i] * scale[i];
    return true;
  }

  /// The best solution with unknowns of `mask` that are not negative. Every set of unknowns is tried, so it is exact;
  /// with eight of them there are 256.
  vector solve_non_negative(std::uint32_t mask = all) const noexcept {
    vector best{};
    double best_error = square_;
    for (std::uint32_t part = mask; part != 0; part = (part - 1) & mask) {
      vector found;
      if (!solve(part, found)) continue;
      bool negative = false;
      for (const double each : found) negative = negative || each < 0;
      if (negative) continue;
      const double error = error_of(found);
      if (error < best_error) {
        best = found;
        best_error = error;
      }
    }
    return best;
  }

  /// The sum of squared differences.
  double error_of(const vector& unknowns) const noexcept {
    double error = square_;
    for (std::size_t i = 0; i < Unknowns; ++i) {
      error -= 2 * unknowns[i] * projection_[i];
      for (std::size_t j = 0; j < Unknowns; ++j) error += unknowns[i] * unknowns[j] * gram_[i][j];
    }
    return error;
  }

 private:
  std::array<std::array<double, Unknowns>, Unknowns> gram_{};
  vector projection_{};
  double square_ = 0;
};

}  // namespace cleave
#endif
