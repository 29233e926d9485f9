// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_MVE_PACK_HPP
#define CLEAVE_SIMD_MVE_PACK_HPP

/// @file
/// A pack of four floats for Arm's M-profile vector extension (Helium: Cortex-M55, M85). Include it only where
/// simd/native.hpp would. Like 32-bit NEON, its arithmetic is fused, rounds to nearest and takes subnormal numbers
/// for 0.

#include <cstddef>
#include <cstdint>

#include <arm_mve.h>

#include <cleave/simd/pack.hpp>
#include <cleave/simd/scalar_pack.hpp>

namespace cleave {

// A namespace of its own, as scalar_pack.hpp says.
namespace simd {

/// The floats of one vector register.
struct mve_pack {
  static constexpr std::size_t lanes = 4;
  static constexpr bool fused = true;
  static constexpr int registers = 8;
  static constexpr bool single_issue = true;

  float32x4_t value{};

  // Floats in memory, with no more alignment than they have. Not by intrinsics: g++ 12 moves their loads ahead of
  // stores to the same floats.
  using in_memory [[gnu::aligned(4), gnu::may_alias]] = float32x4_t;

  [[gnu::always_inline]] static mve_pack load(const float* from) noexcept {
    return {*reinterpret_cast<const in_memory*>(from)};
  }
  // For parts of a register vctp sets the predicate for the first lanes. In one piece with operands that name the
  // floats, for g++ 12 takes vstrwq_p for a store of all four lanes: it deletes what was stored just before to the
  // floats behind the part, and to other objects that lie there.
  template <int Count>
  [[gnu::always_inline]] static mve_pack load_first(const float* from) noexcept {
    static_assert(Count >= 1 && Count <= 4);
    if constexpr (Count == 4) {
      return load(from);
    } else {
#if defined(__clang__)
      return {vldrwq_z_f32(from, vctp32q(Count))};
#else
      float32x4_t result;
      asm("vctp.32 %[count]\n\tvpst\n\tvldrwt.u32 %q[result], [%[from]]"
          : [result] "=w"(result)
          : [from] "r"(from), [count] "r"(Count), "m"(*reinterpret_cast<const float(*)[Count]>(from))
          : "p0");
      return {result};
#endif
    }
  }
  [[gnu::always_inline]] static mve_pack fill(float value) noexcept { return {vdupq_n_f32(value)}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { *reinterpret_cast<in_memory*>(to) = value; }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count >= 1 && Count <= 4);
    if constexpr (Count == 4) {
      store(to);
    } else {
#if defined(__clang__)
      vstrwq_p_f32(to, value, vctp32q(Count));
#else
      asm("vctp.32 %[count]\n\tvpst\n\tvstrwt.32 %q[value], [%[to]]"
          : "=m"(*reinterpret_cast<float(*)[Count]>(to))
          : [value] "w"(value), [to] "r"(to), [count] "r"(Count)
          : "p0");
#endif
    }
  }

  [[gnu::always_inline]] friend mve_pack operator+(mve_pack a, mve_pack b) noexcept {
    return {vaddq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack operator-(mve_pack a, mve_pack b) noexcept {
    return {vsubq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack operator*(mve_pack a, mve_pack b) noexcept {
    return {vmulq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack fma(mve_pack a, mve_pack b, mve_pack c) noexcept {
    return {vfmaq_f32(c.value, a.value, b.value)};
  }
  [[gnu::always_inline]] static mve_pack fma_scalar(float x, mve_pack b, mve_pack c) noexcept {
    return {vfmaq_n_f32(c.value, b.value, x)};
  }
  // There are no vector instructions for these two.
  [[gnu::always_inline]] friend mve_pack divide(mve_pack a, mve_pack b) noexcept {
    return {float32x4_t{a.value[0] / b.value[0], a.value[1] / b.value[1], a.value[2] / b.value[2],
                        a.value[3] / b.value[3]}};
  }
  [[gnu::always_inline]] friend mve_pack sqrt(mve_pack a) noexcept {
    return {float32x4_t{square_root(a.value[0]), square_root(a.value[1]), square_root(a.value[2]),
                        square_root(a.value[3])}};
  }
  // vmaxnm would return the number where the other is a NaN.
  [[gnu::always_inline]] friend mve_pack max(mve_pack a, mve_pack b) noexcept { return select_greater(a, b, a, b); }
  [[gnu::always_inline]] friend mve_pack min(mve_pack a, mve_pack b) noexcept { return select_greater(b, a, a, b); }
  [[gnu::always_inline]] friend mve_pack abs(mve_pack a) noexcept { return {vabsq_f32(a.value)}; }
  [[gnu::always_inline]] friend mve_pack select_greater(mve_pack a, mve_pack b, mve_pack yes, mve_pack no) noexcept {
#if defined(__clang__)
    return {vpselq_f32(yes.value, no.value, vcmpgtq_f32(a.value, b.value))};
#else
    // In one piece: there is a single predicate register, and g++ 12 compares several packs before it selects, with
    // three moves for each predicate.
    float32x4_t result;
    asm("vcmp.f32 gt, %q1, %q2\n\tvpsel %q0, %q3, %q4"
        : "=&w"(result)
        : "w"(a.value), "w"(b.value), "w"(yes.value), "w"(no.value)
        : "p0");
    return {result};
#endif
  }
  [[gnu::always_inline]] friend mve_pack round_even(mve_pack a) noexcept {
    const float32x4_t magic = vdupq_n_f32(12582912.0f);  // 1.5 * 2^23: its unit in the last place is 1
    return {vsubq_f32(vaddq_f32(a.value, magic), magic)};
  }
  [[gnu::always_inline]] friend mve_pack power_of_two(mve_pack n) noexcept {
    const float32x4_t biased = vaddq_n_f32(n.value, 8388608.0f + 127.0f);
    return {vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(biased), 23))};
  }
  [[gnu::always_inline]] friend mve_pack split_exponent(mve_pack a, mve_pack& mantissa) noexcept {
    const uint32x4_t bits = vreinterpretq_u32_f32(a.value);
    const uint32x4_t fraction = vandq_u32(bits, vdupq_n_u32(0x007fffffu));
    mantissa.value = vreinterpretq_f32_u32(vorrq_u32(fraction, vdupq_n_u32(0x3f800000u)));
    const uint32x4_t exponent = vorrq_u32(vshrq_n_u32(bits, 23), vdupq_n_u32(0x4b000000u));
    return {vsubq_n_f32(vreinterpretq_f32_u32(exponent), 8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(mve_pack a) noexcept {
    const auto greater = [](float x, float y) { return x > y ? x : y; };
    return greater(greater(a.value[0], a.value[1]), greater(a.value[2], a.value[3]));
  }
};

}  // namespace simd

using simd::mve_pack;

static_assert(pack<mve_pack>);

}  // namespace cleave
#endif
