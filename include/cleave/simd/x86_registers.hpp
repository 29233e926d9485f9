// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_X86_REGISTERS_HPP
#define CLEAVE_SIMD_X86_REGISTERS_HPP

/// @file
/// What the pack needs of SSE, AVX and AVX-512 registers and xsimd 8.1 does not have: parts of a
/// register to and from memory, and a multiply-add that is fused on AVX-512 too (xsimd's is two roundings).

#include <immintrin.h>

#include <cstddef>

namespace cleave::detail {

#if defined(__FMA__)
inline constexpr bool registers_fuse = true;
#else
inline constexpr bool registers_fuse = false;
#endif

/// AVX-512 doubles the number of registers, for the narrow ones too; kernels count on it for the wide ones.
constexpr int register_count(std::size_t lanes) noexcept { return lanes == 16 ? 32 : 16; }

template <int Count>
[[gnu::always_inline]] inline __m128 load_part(const float* from, __m128) noexcept {
  if constexpr (Count == 1) {
    return _mm_load_ss(from);
  } else {
    const __m128 two = _mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<const __m64*>(from));
    if constexpr (Count == 2) return two;
    else return _mm_movelh_ps(two, _mm_load_ss(from + 2));
  }
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m128 value) noexcept {
  if constexpr (Count == 1) {
    _mm_store_ss(to, value);
  } else {
    _mm_storel_pi(reinterpret_cast<__m64*>(to), value);
    if constexpr (Count == 3) _mm_store_ss(to + 2, _mm_movehl_ps(value, value));
  }
}

[[gnu::always_inline]] inline __m128 multiply_add(__m128 a, __m128 b, __m128 c) noexcept {
#if defined(__FMA__)
  return _mm_fmadd_ps(a, b, c);
#else
  return _mm_add_ps(_mm_mul_ps(a, b), c);
#endif
}
[[gnu::always_inline]] inline __m128 exact_divide(__m128 a, __m128 b) noexcept { return _mm_div_ps(a, b); }
[[gnu::always_inline]] inline __m128 exact_sqrt(__m128 a) noexcept { return _mm_sqrt_ps(a); }
[[gnu::always_inline]] inline __m128 maximum(__m128 a, __m128 b) noexcept { return _mm_max_ps(a, b); }
[[gnu::always_inline]] inline __m128 minimum(__m128 a, __m128 b) noexcept { return _mm_min_ps(a, b); }

#if defined(__AVX__)
// Halves, not maskload and maskstore: a masked store takes a dozen cycles on AMD's cores.
template <int Count>
[[gnu::always_inline]] inline __m256 load_part(const float* from, __m256) noexcept {
  if constexpr (Count < 4) {
    return _mm256_zextps128_ps256(load_part<Count>(from, __m128{}));
  } else if constexpr (Count == 4) {
    return _mm256_zextps128_ps256(_mm_loadu_ps(from));
  } else {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), load_part<Count - 4>(from + 4, __m128{}),
                                1);
  }
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m256 value) noexcept {
  const __m128 low = _mm256_castps256_ps128(value);
  if constexpr (Count < 4) {
    store_part<Count>(to, low);
  } else {
    _mm_storeu_ps(to, low);
    if constexpr (Count > 4) store_part<Count - 4>(to + 4, _mm256_extractf128_ps(value, 1));
  }
}

[[gnu::always_inline]] inline __m256 multiply_add(__m256 a, __m256 b, __m256 c) noexcept {
#if defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return _mm256_add_ps(_mm256_mul_ps(a, b), c);
#endif
}
[[gnu::always_inline]] inline __m256 exact_divide(__m256 a, __m256 b) noexcept { return _mm256_div_ps(a, b); }
[[gnu::always_inline]] inline __m256 exact_sqrt(__m256 a) noexcept { return _mm256_sqrt_ps(a); }
[[gnu::always_inline]] inline __m256 maximum(__m256 a, __m256 b) noexcept { return _mm256_max_ps(a, b); }
[[gnu::always_inline]] inline __m256 minimum(__m256 a, __m256 b) noexcept { return _mm256_min_ps(a, b); }
#endif

#if defined(__AVX512F__)
template <int Count>
[[gnu::always_inline]] inline __m512 load_part(const float* from, __m512) noexcept {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << Count) - 1), from);
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m512 value) noexcept {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << Count) - 1), value);
}

[[gnu::always_inline]] inline __m512 multiply_add(__m512 a, __m512 b, __m512 c) noexcept {
  return _mm512_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline __m512 exact_divide(__m512 a, __m512 b) noexcept { return _mm512_div_ps(a, b); }
// The zero-masked forms become the plain instructions, without g++ 12's false warning about the
// undefined register that the plain intrinsics start from (GCC bug 105593).
[[gnu::always_inline]] inline __m512 exact_sqrt(__m512 a) noexcept { return _mm512_maskz_sqrt_ps(0xffff, a); }
[[gnu::always_inline]] inline __m512 maximum(__m512 a, __m512 b) noexcept { return _mm512_maskz_max_ps(0xffff, a, b); }
[[gnu::always_inline]] inline __m512 minimum(__m512 a, __m512 b) noexcept { return _mm512_maskz_min_ps(0xffff, a, b); }

// A register as two halves of eight floats, for what is too narrow for sixteen.
[[gnu::always_inline]] inline __m512 load_twice(const float* from) noexcept {
  return _mm512_castpd_ps(_mm512_maskz_broadcast_f64x4(0xff, _mm256_castps_pd(_mm256_loadu_ps(from))));
}
[[gnu::always_inline]] inline __m512 load_halves(unsigned lanes, const float* low, const float* high) noexcept {
  const __m512 lower = _mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes & 0x00ffU), low);
  return _mm512_mask_loadu_ps(lower, static_cast<__mmask16>(lanes & 0xff00U), high - 8);
}
template <int Lane>
[[gnu::always_inline]] inline __m512 spread_halves(__m512 a) noexcept {
  constexpr int high = Lane + 8;
  const __m512i lanes =
      _mm512_setr_epi32(Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane, high, high, high, high, high, high, high, high);
  return _mm512_maskz_permutexvar_ps(0xffff, lanes, a);
}
template <bool Low, bool High>
[[gnu::always_inline]] inline __m512 multiply_add_halves(__m512 a, __m512 b, __m512 c) noexcept {
  if constexpr (Low && High) return _mm512_fmadd_ps(a, b, c);
  else return _mm512_mask3_fmadd_ps(a, b, c, static_cast<__mmask16>(Low ? 0x00ff : 0xff00));
}
template <int Count>
[[gnu::always_inline]] inline void store_high(float* to, __m512 a) noexcept {
  const __m256 half = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xff, _mm512_castps_pd(a), 1));
  if constexpr (Count == 8) _mm256_storeu_ps(to, half);
  else store_part<Count>(to, half);
}
#endif

}  // namespace cleave::detail
#endif
