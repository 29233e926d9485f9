// expect-error: no matching (function for call|constructor)
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

inline constexpr auto other = cleave::graph{cleave::input{.channels = 8}, cleave::relu{}};

void run(const cleave::weights_view<net>& weights, const cleave::weights_view<other>& others) {
#if CLEAVE_ILL_FORMED
  cleave::network<net> whole{others};
  (void)weights;
#else
  cleave::network<net> whole{weights};
  (void)others;
#endif
  (void)whole;
}
