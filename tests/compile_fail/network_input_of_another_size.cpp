// expect-error: (no match for call|no matching function for call)
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

#if CLEAVE_ILL_FORMED
using given = std::array<float, 127>;
#else
using given = std::array<float, 128>;
#endif

void run(const cleave::weights_view<net>& weights, const given& image) {
  cleave::network<net> whole{weights};
  (void)whole(image);
}
