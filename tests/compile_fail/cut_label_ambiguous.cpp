// expect-error: ill_formed_split<cleave::needs<cleave::requirement::a_label_that_only_one_layer_bears>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

void run(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
#if CLEAVE_ILL_FORMED
  cleave::device_half<net, "x"> half{weights};
#else
  cleave::device_half<net, "last"> half{weights};
#endif
  (void)half(image);
}
