// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_SUPPORT_KERNEL_PACKS_HPP
#define CLEAVE_TESTS_SUPPORT_KERNEL_PACKS_HPP

/// @file
/// The packs that the suites of kernels run on: single floats and the native pack. Where these are one, or where a
/// build is there for its native pack alone (CLEAVE_TEST_NATIVE_PACK_ONLY), each case is compiled once.

#include <cleave/simd/native.hpp>

#if defined(CLEAVE_TEST_NATIVE_PACK_ONLY) || !defined(CLEAVE_HAS_XSIMD)
#define CLEAVE_TEST_KERNEL_PACKS cleave::native_pack
#else
#define CLEAVE_TEST_KERNEL_PACKS cleave::scalar_pack, cleave::native_pack
#endif

#endif
