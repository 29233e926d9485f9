// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_NEON_REGISTERS_HPP
#define CLEAVE_SIMD_NEON_REGISTERS_HPP

/// @file
/// What the pack needs of NEON registers and xsimd 8.1 does not have: parts of a register to and from
/// memory, and a division and square root that are rounded as IEEE 754 demands (32-bit NEON only
/// estimates them: 40 % of xsimd's quotients differ in the last bit).

#include <arm_neon.h>

#include <cstddef>

namespace cleave::detail {

#if defined(__ARM_FEATURE_FMA)
inline constexpr bool registers_fuse = true;
#else
inline constexpr bool registers_fuse = false;
#endif

#if defined(__aarch64__)
constexpr int register_count(std::size_t) noexcept { return 32; }
#else
constexpr int register_count(std::size_t) noexcept { return 16; }
#endif

template <int Count>
[[gnu::always_inline]] inline float32x4_t load_part(const float* from, float32x4_t) noexcept {
  if constexpr (Count == 1) return vld1q_lane_f32(from, vdupq_n_f32(0), 0);
  else if constexpr (Count == 2) return vcombine_f32(vld1_f32(from), vdup_n_f32(0));
  else return vld1q_lane_f32(from + 2, vcombine_f32(vld1_f32(from), vdup_n_f32(0)), 2);
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, float32x4_t value) noexcept {
  if constexpr (Count == 1) {
    vst1q_lane_f32(to, value, 0);
  } else {
    vst1_f32(to, vget_low_f32(value));
    if constexpr (Count == 3) vst1q_lane_f32(to + 2, value, 2);
  }
}

[[gnu::always_inline]] inline float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
#if defined(__ARM_FEATURE_FMA)
  return vfmaq_f32(c, a, b);
#else
  return vaddq_f32(vmulq_f32(a, b), c);
#endif
}

[[gnu::always_inline]] inline float32x4_t maximum(float32x4_t a, float32x4_t b) noexcept { return vmaxq_f32(a, b); }
[[gnu::always_inline]] inline float32x4_t minimum(float32x4_t a, float32x4_t b) noexcept { return vminq_f32(a, b); }

/// a > b ? yes : no. g++ 12 compares lane by lane where single floats are to follow IEEE 754 in 32-bit code, also
/// behind the intrinsic: 38 instructions for one selection. The registers compare as the rest of this pack computes,
/// with subnormal numbers taken for 0.
[[gnu::always_inline]] inline float32x4_t select_greater(float32x4_t a, float32x4_t b, float32x4_t yes,
                                                         float32x4_t no) noexcept {
#if defined(__aarch64__) || defined(__clang__)
  return vbslq_f32(vcgtq_f32(a, b), yes, no);
#else
  uint32x4_t greater;
  asm("vcgt.f32 %q0, %q1, %q2" : "=w"(greater) : "w"(a), "w"(b));
  return vbslq_f32(greater, yes, no);
#endif
}

#if defined(__aarch64__)
template <int Lane>
[[gnu::always_inline]] inline float32x4_t multiply_add_lane(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
  return vfmaq_laneq_f32(c, b, a, Lane);
}
#elif defined(__ARM_FEATURE_FMA)
// For loops that use all sixteen registers. g++ 12 gives these loads an addition or a move more in many places, and
// lets the next loads pass the last products, for which it then has no register; so all of it stays in the order
// written.
[[gnu::always_inline]] inline float32x4_t load_next(const float*& from) noexcept {
  float32x4_t value;
  asm volatile("vld1.32 {%e0-%f0}, [%1]!" : "=w"(value), "+r"(from) : "m"(*reinterpret_cast<const float(*)[4]>(from)));
  return value;
}
[[gnu::always_inline]] inline float32x4_t fill_next(const float*& from) noexcept {
  float32x4_t value;
  asm volatile("vld1.32 {%e0[], %f0[]}, [%1]!" : "=w"(value), "+r"(from) : "m"(*from));
  return value;
}
[[gnu::always_inline]] inline void store_next(float*& to, float32x4_t value) noexcept {
  asm volatile("vst1.32 {%e2-%f2}, [%0]!" : "+r"(to), "=m"(*reinterpret_cast<float(*)[4]>(to)) : "w"(value));
}
[[gnu::always_inline]] inline float32x4_t multiply_add_next(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
  asm volatile("vfma.f32 %q0, %q1, %q2" : "+w"(c) : "w"(a), "w"(b));
  return c;
}
#endif

#if defined(__aarch64__)
[[gnu::always_inline]] inline float32x4_t exact_divide(float32x4_t a, float32x4_t b) noexcept {
  return vdivq_f32(a, b);
}
[[gnu::always_inline]] inline float32x4_t exact_sqrt(float32x4_t a) noexcept { return vsqrtq_f32(a); }
#else
[[gnu::always_inline]] inline float32x4_t exact_divide(float32x4_t a, float32x4_t b) noexcept {
  return float32x4_t{a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]};
}
[[gnu::always_inline]] inline float32x4_t exact_sqrt(float32x4_t a) noexcept {
  return float32x4_t{__builtin_sqrtf(a[0]), __builtin_sqrtf(a[1]), __builtin_sqrtf(a[2]), __builtin_sqrtf(a[3])};
}
#endif

}  // namespace cleave::detail
#endif
