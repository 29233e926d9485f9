// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::max_pool>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::a_window_within_the_padded_input>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>
#include <cleave/weights/random.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8}, cleave::relu{},
#if CLEAVE_ILL_FORMED
      cleave::max_pool{.kernel = 5},
#else
      cleave::max_pool{.kernel = 4},
#endif
};

auto some_weights() { return cleave::random_weights<net>(42); }
