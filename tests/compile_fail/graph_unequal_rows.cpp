// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::concat>, cleave::receives<2, 2, 8>, cleave::and_receives<4, 4, 8>, cleave::needs<cleave::requirement::inputs_of_equal_height_and_width>>
// SPDX-License-Identifier: BSL-1.0
#include <array>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8, .name = "x"},
#if CLEAVE_ILL_FORMED
      cleave::max_pool{.kernel = 2},
#else
      cleave::max_pool{.kernel = 3, .stride = 1, .padding = 1},
#endif
      cleave::concat{.with = {"x"}},
};

float first(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::network<net> whole{weights};
  return whole(image)[0];
}
