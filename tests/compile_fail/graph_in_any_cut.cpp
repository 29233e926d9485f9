// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::max_pool>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::a_window_within_the_padded_input>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/any_cut.hpp>

#include <array>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8}, cleave::relu{},
#if CLEAVE_ILL_FORMED
      cleave::max_pool{.kernel = 5},
#else
      cleave::max_pool{.kernel = 4},
#endif
};

void run(const cleave::weights_view<net>& weights, const std::array<float, 128>& image) {
  cleave::any_cut<net> device{weights};
  (void)device.set_cut(1);
  (void)device(device.forward(image));
}
