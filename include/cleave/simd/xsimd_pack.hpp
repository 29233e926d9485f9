// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_XSIMD_PACK_HPP
#define CLEAVE_SIMD_XSIMD_PACK_HPP

/// @file
/// A pack over an xsimd batch. The only header that includes xsimd. Include it only where
/// simd/native.hpp would: xsimd 8.1 does not compile for targets without a vector unit it knows.

#include <cstddef>
#include <cstdint>

#include <xsimd/xsimd.hpp>

#include <cleave/core/static_for.hpp>
#include <cleave/simd/pack.hpp>

#if defined(__SSE2__)
#include <cleave/simd/x86_registers.hpp>
#else
#include <cleave/simd/neon_registers.hpp>
#endif

namespace cleave {

namespace detail {
// Some machines' registers have a faster form of it than xsimd; a name that is looked for must be declared.
void select_greater();

// Integer operators on a register, on g++ and clang alike. Written out, because g++ 12 loses a
// vector_size that depends on a template parameter.
template <std::size_t Lanes>
struct integer_register;
template <>
struct integer_register<4> {
  using type [[gnu::vector_size(16)]] = std::uint32_t;
};
template <>
struct integer_register<8> {
  using type [[gnu::vector_size(32)]] = std::uint32_t;
};
template <>
struct integer_register<16> {
  using type [[gnu::vector_size(64)]] = std::uint32_t;
};

// Registers that have a selection of their own overload this; the others find the name, and that it does not fit.
struct no_selection {};
inline void select_greater(no_selection) noexcept {}
}  // namespace detail

// A namespace of its own, as scalar_pack.hpp says.
namespace simd {

/// The floats of one vector register of `Arch`, an xsimd architecture such as `xsimd::avx2`.
/// What xsimd lacks, or does with other roundings than IEEE 754 has, comes from {x86,neon}_registers.hpp.
template <class Arch>
struct xsimd_pack {
  using batch = xsimd::batch<float, Arch>;

  static constexpr std::size_t lanes = batch::size;
  static constexpr bool fused = detail::registers_fuse;
  static constexpr int registers = detail::register_count(lanes);

  batch value{};

  [[gnu::always_inline]] static xsimd_pack load(const float* from) noexcept { return {batch::load_unaligned(from)}; }
  template <int Count>
  [[gnu::always_inline]] static xsimd_pack load_first(const float* from) noexcept {
    static_assert(Count >= 1 && Count <= static_cast<int>(lanes));
    if constexpr (Count == static_cast<int>(lanes)) return load(from);
    else return {batch(detail::load_part<Count>(from, raw{}))};
  }
  [[gnu::always_inline]] static xsimd_pack fill(float value) noexcept { return {batch(value)}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { value.store_unaligned(to); }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count >= 1 && Count <= static_cast<int>(lanes));
    if constexpr (Count == static_cast<int>(lanes)) store(to);
    else detail::store_part<Count>(to, value.data);
  }

  [[gnu::always_inline]] friend xsimd_pack operator+(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value + b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack operator-(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value - b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack operator*(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value * b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack fma(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept {
    return {batch(detail::multiply_add(a.value.data, b.value.data, c.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack divide(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::exact_divide(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack sqrt(xsimd_pack a) noexcept {
    return {batch(detail::exact_sqrt(a.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack max(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::maximum(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack min(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::minimum(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack abs(xsimd_pack a) noexcept { return {xsimd::abs(a.value)}; }
  [[gnu::always_inline]] friend xsimd_pack select_greater(xsimd_pack a, xsimd_pack b, xsimd_pack yes,
                                                          xsimd_pack no) noexcept {
    if constexpr (requires { detail::select_greater(a.value.data, b.value.data, yes.value.data, no.value.data); }) {
      return {batch(detail::select_greater(a.value.data, b.value.data, yes.value.data, no.value.data))};
    } else {
      return {xsimd::select(a.value > b.value, yes.value, no.value)};
    }
  }
  [[gnu::always_inline]] friend xsimd_pack round_even(xsimd_pack a) noexcept {
    const batch magic(12582912.0f);  // 1.5 * 2^23: its unit in the last place is 1
    return {(a.value + magic) - magic};
  }
  [[gnu::always_inline]] friend xsimd_pack power_of_two(xsimd_pack n) noexcept {
    const auto biased = (bits)(n.value + batch(8388608.0f + 127.0f)).data;
    return {batch((raw)(biased << 23))};
  }
  [[gnu::always_inline]] friend xsimd_pack split_exponent(xsimd_pack a, xsimd_pack& mantissa) noexcept {
    const auto all = (bits)a.value.data;
    mantissa.value = batch((raw)((all & 0x007fffffu) | 0x3f800000u));
    return {batch((raw)((all >> 23) | 0x4b000000u)) - batch(8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(xsimd_pack a) noexcept {
    float lane[lanes];
    a.store(lane);
    static_for<lanes - 1>(
        [&]<std::size_t Index>() { lane[Index + 1] = lane[Index] > lane[Index + 1] ? lane[Index] : lane[Index + 1]; });
    return lane[lanes - 1];
  }

#if defined(__AVX512F__)
  // What `pair_pack` asks for.
  [[gnu::always_inline]] static xsimd_pack load_twice(const float* from) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::load_twice(from))};
  }
  template <unsigned Lanes>
  [[gnu::always_inline]] static xsimd_pack load_halves(const float* low, const float* high) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::load_halves(Lanes, low, high))};
  }
  template <int Lane>
  [[gnu::always_inline]] xsimd_pack spread() const noexcept
    requires(lanes == 16)
  {
    return {batch(detail::spread_halves<Lane>(value.data))};
  }
  template <bool Low, bool High>
  [[gnu::always_inline]] static xsimd_pack fma_halves(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::multiply_add_halves<Low, High>(a.value.data, b.value.data, c.value.data))};
  }
  template <int Count>
  [[gnu::always_inline]] void store_high(float* to) const noexcept
    requires(lanes == 16)
  {
    detail::store_high<Count>(to, value.data);
  }
#endif

#if defined(__aarch64__)
  // What `lane_pack` asks for.
  template <std::size_t Lane>
  [[gnu::always_inline]] xsimd_pack fma_lane(xsimd_pack b, xsimd_pack c) const noexcept {
    return {batch(detail::multiply_add_lane<static_cast<int>(Lane)>(value.data, b.value.data, c.value.data))};
  }
#elif defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
  // What `stream_pack` asks for.
  [[gnu::always_inline]] static xsimd_pack load_next(const float*& from) noexcept {
    return {batch(detail::load_next(from))};
  }
  [[gnu::always_inline]] static xsimd_pack fill_next(const float*& from) noexcept {
    return {batch(detail::fill_next(from))};
  }
  [[gnu::always_inline]] void store_next(float*& to) const noexcept { detail::store_next(to, value.data); }
  [[gnu::always_inline]] static xsimd_pack fma_next(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept {
    return {batch(detail::multiply_add_next(a.value.data, b.value.data, c.value.data))};
  }
#endif

 private:
  using raw = typename batch::register_type;
  using bits = typename detail::integer_register<lanes>::type;
};

}  // namespace simd

using simd::xsimd_pack;

static_assert(pack<xsimd_pack<xsimd::default_arch>>);

}  // namespace cleave
#endif
