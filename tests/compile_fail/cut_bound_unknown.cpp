// expect-error: the graph has no such layer, or its label is not unique
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/any_cut.hpp>

#include <array>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2},
    cleave::relu{},
};

#if CLEAVE_ILL_FORMED
using device = cleave::any_cut_up_to<net, "y">;
#else
using device = cleave::any_cut_up_to<net, "x">;
#endif

void run(const cleave::weights_view<net, 1, 1>& weights, const std::array<float, 128>& image) {
  device half{weights};
  (void)half.set_cut(1);
  (void)half.forward(image);
}
