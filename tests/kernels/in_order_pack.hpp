// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_IN_ORDER_PACK_HPP
#define CLEAVE_TESTS_KERNELS_IN_ORDER_PACK_HPP

/// @file
/// Packs that say of themselves what those of microcontrollers do, so that the kernels' loops for those run everywhere.

#include <cleave/core/static_for.hpp>
#include <cleave/simd/pack.hpp>
#include <cleave/simd/scalar_pack.hpp>
#include <cstddef>

namespace cleave_test {

/// `Lanes` floats, one after the other, of a core with `Registers` registers. With `Lanes` > 1 it multiplies by a float
/// as MVE does.
template <std::size_t Lanes, int Registers>
struct in_order_pack {
  using one = cleave::scalar_pack;
  static constexpr std::size_t lanes = Lanes;
  static constexpr bool fused = one::fused;
  static constexpr int registers = Registers;
  static constexpr bool single_issue = true;

  one lane[Lanes];

  template <class Function>
  static in_order_pack each(Function function) noexcept {
    in_order_pack result;
    for (std::size_t i = 0; i < Lanes; ++i) result.lane[i] = function(i);
    return result;
  }

  static in_order_pack load(const float* from) noexcept { return load_first<static_cast<int>(Lanes)>(from); }
  template <int Count>
  static in_order_pack load_first(const float* from) noexcept {
    return each([&](std::size_t i) { return i < Count ? one::load(from + i) : one{}; });
  }
  static in_order_pack fill(float value) noexcept {
    return each([&](std::size_t) { return one::fill(value); });
  }
  void store(float* to) const noexcept { store_first<static_cast<int>(Lanes)>(to); }
  template <int Count>
  void store_first(float* to) const noexcept {
    for (std::size_t i = 0; i < Count; ++i) lane[i].store(to + i);
  }
  static in_order_pack fma_scalar(float x, in_order_pack b, in_order_pack c) noexcept
    requires(Lanes > 1)
  {
    return fma(fill(x), b, c);
  }

  friend in_order_pack operator+(in_order_pack a, in_order_pack b) noexcept {
    return each([&](std::size_t i) { return a.lane[i] + b.lane[i]; });
  }
  friend in_order_pack operator-(in_order_pack a, in_order_pack b) noexcept {
    return each([&](std::size_t i) { return a.lane[i] - b.lane[i]; });
  }
  friend in_order_pack operator*(in_order_pack a, in_order_pack b) noexcept {
    return each([&](std::size_t i) { return a.lane[i] * b.lane[i]; });
  }
  friend in_order_pack fma(in_order_pack a, in_order_pack b, in_order_pack c) noexcept {
    return each([&](std::size_t i) { return fma(a.lane[i], b.lane[i], c.lane[i]); });
  }
  friend in_order_pack divide(in_order_pack a, in_order_pack b) noexcept {
    return each([&](std::size_t i) { return divide(a.lane[i], b.lane[i]); });
  }
  friend in_order_pack sqrt(in_order_pack a) noexcept {
    return each([&](std::size_t i) { return sqrt(a.lane[i]); });
  }
  friend in_order_pack max(in_order_pack a, in_order_pack b) noexcept {
    return each([&](std::size_t i) { return max(a.lane[i], b.lane[i]); });
  }
  friend in_order_pack min(in_order_pack a, in_order_pack b) noexcept {
    return each([&](std::size_t i) { return min(a.lane[i], b.lane[i]); });
  }
  friend in_order_pack abs(in_order_pack a) noexcept {
    return each([&](std::size_t i) { return abs(a.lane[i]); });
  }
  friend in_order_pack select_greater(in_order_pack a, in_order_pack b, in_order_pack yes, in_order_pack no) noexcept {
    return each([&](std::size_t i) { return select_greater(a.lane[i], b.lane[i], yes.lane[i], no.lane[i]); });
  }
  friend in_order_pack round_even(in_order_pack a) noexcept {
    return each([&](std::size_t i) { return round_even(a.lane[i]); });
  }
  friend in_order_pack power_of_two(in_order_pack n) noexcept {
    return each([&](std::size_t i) { return power_of_two(n.lane[i]); });
  }
  friend in_order_pack split_exponent(in_order_pack a, in_order_pack& mantissa) noexcept {
    return each([&](std::size_t i) { return split_exponent(a.lane[i], mantissa.lane[i]); });
  }
  friend float reduce_max(in_order_pack a) noexcept {
    float greatest = reduce_max(a.lane[0]);
    for (const one each : a.lane) greatest = reduce_max(each) > greatest ? reduce_max(each) : greatest;
    return greatest;
  }
};

/// As on a Cortex-M4 and M7, and on a Cortex-M55.
using one_float = in_order_pack<1, 32>;
using four_floats = in_order_pack<4, 8>;

static_assert(cleave::pack<one_float> && cleave::pack<four_floats>);
static_assert(cleave::single_issue<one_float>);

}  // namespace cleave_test
#endif
