// expect-error: a label in a cut has 1 to 63 characters
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

void run(const cleave::weights_view<net>& weights) {
#if CLEAVE_ILL_FORMED
  cleave::remote_half<net, ""> half{weights};
#else
  cleave::remote_half<net, "last"> half{weights};
#endif
  (void)half;
}
