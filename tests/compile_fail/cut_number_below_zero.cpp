// expect-error: ill_formed_split<cleave::cut_at<[0-9]+>, cleave::last_layer_is<3>, cleave::needs<cleave::requirement::a_number_up_to_the_last_layer>>
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
  auto [device, remote] = whole.split<-1>();
#else
  auto [device, remote] = whole.split<0>();
#endif
  (void)remote(device(image));
}
