// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::conv2d>, cleave::receives_nothing, cleave::needs<cleave::requirement::an_input_as_the_first_layer>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
#if !CLEAVE_ILL_FORMED
  cleave::input{.height = 4, .width = 4, .channels = 8},
#endif
      cleave::conv2d{.channels = 8, .kernel = 1},
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
