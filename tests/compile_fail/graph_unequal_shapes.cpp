// expect-error: ill_formed_graph<cleave::at_layer<3>, cleave::layer_is<cleave::add>, cleave::receives<4, 4, 8>, cleave::and_receives<4, 4, 4>, cleave::needs<cleave::requirement::inputs_of_equal_shape_or_one_per_channel>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::conv2d{.channels = 4, .kernel = 1, .name = "x"},
#else
      cleave::conv2d{.channels = 8, .kernel = 1, .name = "x"},
#endif
      cleave::conv2d{.channels = 8, .kernel = 1}, cleave::add{.with = "x"},
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
