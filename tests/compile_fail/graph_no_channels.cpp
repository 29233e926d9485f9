// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::dense>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::positive_sizes>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::dense{.units = 0},
#else
      cleave::dense{.units = 1},
#endif
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
