// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::relu>, cleave::receives<4, 4, 1>, cleave::needs<cleave::requirement::float_elements>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8}, cleave::argmax{},
#if CLEAVE_ILL_FORMED
      cleave::relu{},
#else
      cleave::flatten{},
#endif
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
