// expect-error: (no match for call|no matching function for call)
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto pair = cleave::graph{
    cleave::input{.channels = 8, .name = "x"},
    cleave::input{.channels = 8, .name = "y"},
    cleave::add{.with = "x"},
};

float last(cleave::network<pair>& whole, const std::array<float, 8>& x, const std::array<float, 8>& y) {
#if CLEAVE_ILL_FORMED
  return whole(x)[0] + y[0];
#else
  return whole(x, y)[0];
#endif
}
