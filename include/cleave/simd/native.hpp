// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_NATIVE_HPP
#define CLEAVE_SIMD_NATIVE_HPP

/// @file
/// The pack that fits the target this unit is compiled for: SSE2 to AVX-512 and NEON through xsimd, MVE
/// (Cortex-M55), a single float elsewhere (Cortex-M0 to M7) and where xsimd is not installed. Define CLEAVE_SCALAR to
/// get the single float everywhere.

#include <cleave/simd/pack.hpp>
#include <cleave/simd/scalar_pack.hpp>

#if !defined(CLEAVE_SCALAR) && (defined(__SSE2__) || (defined(__ARM_NEON) && __ARM_ARCH >= 7))
#if __has_include(<xsimd/xsimd.hpp>)
#define CLEAVE_HAS_XSIMD 1
#endif
#endif

#if defined(CLEAVE_HAS_XSIMD)
#include <cleave/simd/xsimd_pack.hpp>

namespace cleave {
using native_pack = xsimd_pack<xsimd::default_arch>;
}
#elif !defined(CLEAVE_SCALAR) && defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#include <cleave/simd/mve_pack.hpp>

namespace cleave {
using native_pack = mve_pack;
}
#else
namespace cleave {
using native_pack = scalar_pack;
}
#endif

#endif
