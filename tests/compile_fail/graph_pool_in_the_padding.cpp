// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::average_pool>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::padding_smaller_than_the_window>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::average_pool{.kernel = 2, .padding = 2},
#else
      cleave::average_pool{.kernel = 3, .padding = 2},
#endif
};

static_assert(cleave::network<net>::workspace_bytes <= 32 * 1024);
