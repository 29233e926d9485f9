// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_SCALAR_PACK_HPP
#define CLEAVE_SIMD_SCALAR_PACK_HPP

/// @file
/// A pack of one float: the pack of microcontrollers, and the one that the others are tested against.

#include <bit>
#include <cstddef>
#include <cstdint>

#include <cleave/simd/pack.hpp>

namespace cleave {

// Packs have a namespace of their own, because layers have the names of some of their functions.
namespace simd {

/// The square root, rounded as IEEE 754 demands. The built-in one goes to libm for errno where x is negative.
[[gnu::always_inline]] inline float square_root(float x) noexcept {
#if defined(__ARM_FP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  float root;
  asm("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
  return root;
#else
  return __builtin_sqrtf(x);
#endif
}

/// One float. `Fused` tells what the target's own multiply-add does; it is part of the type so that
/// units compiled for different targets can be linked together.
template <bool Fused>
struct basic_scalar_pack {
  static constexpr std::size_t lanes = 1;
  static constexpr bool fused = Fused;
#if defined(__ARM_FP) || defined(__aarch64__)
  static constexpr int registers = 32;
#else
  static constexpr int registers = 16;
#endif
#if defined(__ARM_FP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  static constexpr bool single_issue = true;
#endif

  float value = 0;

  [[gnu::always_inline]] static basic_scalar_pack load(const float* from) noexcept { return {*from}; }
  template <int Count>
  [[gnu::always_inline]] static basic_scalar_pack load_first(const float* from) noexcept {
    static_assert(Count == 1);
    return {*from};
  }
  [[gnu::always_inline]] static basic_scalar_pack fill(float value) noexcept { return {value}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { *to = value; }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count == 1);
    *to = value;
  }

  [[gnu::always_inline]] friend basic_scalar_pack operator+(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value + b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack operator-(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value - b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack operator*(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value * b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack fma(basic_scalar_pack a, basic_scalar_pack b,
                                                      basic_scalar_pack c) noexcept {
    if constexpr (Fused) return {__builtin_fmaf(a.value, b.value, c.value)};
    return {a.value * b.value + c.value};
  }
#if defined(__ARM_FEATURE_FMA) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  // Written out, so that the sum stays in its register: in unrolled loops g++ 12 gives each partial sum another one,
  // and moves them back at the end of the loop, 6 of 150 instructions (1x1 convolution, Cortex-M4).
  [[gnu::always_inline]] static basic_scalar_pack fma_scalar(float x, basic_scalar_pack b,
                                                             basic_scalar_pack c) noexcept {
    asm("vfma.f32 %0, %1, %2" : "+t"(c.value) : "t"(x), "t"(b.value));
    return c;
  }
#endif
  [[gnu::always_inline]] friend basic_scalar_pack divide(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value / b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack sqrt(basic_scalar_pack a) noexcept { return {square_root(a.value)}; }
  [[gnu::always_inline]] friend basic_scalar_pack max(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value > b.value ? a.value : b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack min(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value < b.value ? a.value : b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack abs(basic_scalar_pack a) noexcept {
    return {__builtin_fabsf(a.value)};
  }
  [[gnu::always_inline]] friend basic_scalar_pack select_greater(basic_scalar_pack a, basic_scalar_pack b,
                                                                 basic_scalar_pack yes, basic_scalar_pack no) noexcept {
    return a.value > b.value ? yes : no;
  }
  [[gnu::always_inline]] friend basic_scalar_pack round_even(basic_scalar_pack a) noexcept {
    constexpr float magic = 12582912.0f;  // 1.5 * 2^23: its unit in the last place is 1
    return {(a.value + magic) - magic};
  }
  [[gnu::always_inline]] friend basic_scalar_pack power_of_two(basic_scalar_pack n) noexcept {
    const auto biased = std::bit_cast<std::uint32_t>(n.value + (8388608.0f + 127.0f));
    return {std::bit_cast<float>(biased << 23)};
  }
  [[gnu::always_inline]] friend basic_scalar_pack split_exponent(basic_scalar_pack a,
                                                                 basic_scalar_pack& mantissa) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(a.value);
    mantissa.value = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f800000u);
    return {std::bit_cast<float>((bits >> 23) | 0x4b000000u) - (8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(basic_scalar_pack a) noexcept { return a.value; }
};

}  // namespace simd

using simd::basic_scalar_pack;

/// One float, with the target's fused multiply-add where it has one. Without one, the product and the
/// sum are rounded separately (a call into the C library would fuse, at a hundred times the cost).
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
using scalar_pack = basic_scalar_pack<true>;
#else
using scalar_pack = basic_scalar_pack<false>;
#endif

static_assert(pack<scalar_pack>);

}  // namespace cleave
#endif
