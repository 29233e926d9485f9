// expect-error: no matching (function for call|constructor)
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

#if CLEAVE_ILL_FORMED
using held = cleave::weights_view<net, 1, 2>;
#else
using held = cleave::weights_view<net, 1, 3>;
#endif

void run(const held& weights) {
  cleave::network<net> whole{weights};
  (void)whole;
}
