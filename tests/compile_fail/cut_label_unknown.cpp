// expect-error: ill_formed_split<cleave::needs<cleave::requirement::a_layer_with_that_label>>
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
  cleave::network<net> whole{weights};
#if CLEAVE_ILL_FORMED
  auto [device, remote] = whole.split<"lats">();
#else
  auto [device, remote] = whole.split<"last">();
#endif
  (void)remote(device(image));
}
