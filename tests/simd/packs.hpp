// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_SIMD_PACKS_HPP
#define CLEAVE_TESTS_SIMD_PACKS_HPP

/// @file
/// The packs to test: that of the target, the narrower ones it also has, and single floats.

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <cstdint>

#if defined(CLEAVE_HAS_XSIMD) && defined(__AVX512F__)
#define CLEAVE_TEST_PACKS \
  cleave::scalar_pack, cleave::native_pack, cleave::xsimd_pack<xsimd::avx>, cleave::xsimd_pack<xsimd::sse2>
#elif defined(CLEAVE_HAS_XSIMD) && defined(__AVX__)
#define CLEAVE_TEST_PACKS cleave::scalar_pack, cleave::native_pack, cleave::xsimd_pack<xsimd::sse2>
#else
#define CLEAVE_TEST_PACKS cleave::scalar_pack, cleave::native_pack
#endif

namespace cleave_test {

template <class Pack>
using lanes_of = std::array<float, Pack::lanes>;

template <class Pack>
lanes_of<Pack> lanes(Pack value) {
  lanes_of<Pack> result;
  value.store(result.data());
  return result;
}

/// Checks a function of `Arity` packs lane by lane, over all combinations of the numbers: each lane gets other ones.
template <class Pack, std::size_t Arity, class Function, class Wanted, std::size_t Size>
void check_lanes(Function function, Wanted wanted, const std::array<float, Size>& of) {
  std::size_t combinations = 1;
  for (std::size_t i = 0; i < Arity; ++i) combinations *= Size;
  for (std::size_t begin = 0; begin < combinations; begin += Pack::lanes) {
    std::array<lanes_of<Pack>, Arity> arguments;
    for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
      std::size_t which = (begin + lane) % combinations;
      for (lanes_of<Pack>& each : arguments) {
        each[lane] = of[which % Size];
        which /= Size;
      }
    }
    const auto call = [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      const lanes_of<Pack> actual = lanes(function(Pack::load(arguments[Index].data())...));
      for (std::size_t lane = 0; lane < Pack::lanes; ++lane) {
        const float expected = wanted(arguments[Index][lane]...);
        if (std::bit_cast<std::uint32_t>(actual[lane]) == std::bit_cast<std::uint32_t>(expected)) continue;
        CAPTURE(lane);
        CAPTURE(arguments[0][lane]);
        CAPTURE(arguments[Arity - 1][lane]);
        CHECK(std::bit_cast<std::uint32_t>(actual[lane]) == std::bit_cast<std::uint32_t>(expected));
      }
    };
    call(std::make_index_sequence<Arity>{});
  }
  CHECK(combinations > 0);
}

}  // namespace cleave_test
#endif
