// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::input>, cleave::receives_nothing, cleave::needs<cleave::requirement::all_inputs_before_other_layers>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8}, cleave::relu{.name = "x"},
#if CLEAVE_ILL_FORMED
      cleave::input{.channels = 8}, cleave::relu{},
#else
      cleave::relu{},
#endif
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
