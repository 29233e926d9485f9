// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::conv2d>, cleave::receives<2, 2, 8>, cleave::needs<cleave::requirement::a_window_within_the_padded_input>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8}, cleave::conv2d{.channels = 8, .kernel = 3},
#if CLEAVE_ILL_FORMED
      cleave::conv2d{.channels = 8, .kernel = 5},
#else
      cleave::conv2d{.channels = 8, .kernel = 2},
#endif
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
