// expect-error: ill_formed_graph<cleave::at_layer<0>, cleave::layer_is<cleave::input>, cleave::receives_nothing, cleave::needs<cleave::requirement::at_least_one_layer>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if !CLEAVE_ILL_FORMED
      cleave::relu{},
#endif
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
