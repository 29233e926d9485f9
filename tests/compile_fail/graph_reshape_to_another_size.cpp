// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::reshape>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::as_many_elements_as_it_receives>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::reshape{.height = 8, .width = 8, .channels = 8},
#else
      cleave::reshape{.height = 8, .width = 8, .channels = 2},
#endif
};

static_assert(cleave::network<net>::workspace_bytes <= 32 * 1024);
