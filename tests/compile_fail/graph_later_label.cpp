// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::add>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::an_earlier_layer_with_that_label>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8}, cleave::relu{.name = "before"},
#if CLEAVE_ILL_FORMED
      cleave::add{.with = "behind"},
#else
      cleave::add{.with = "before"},
#endif
      cleave::relu{.name = "behind"},
};

static_assert(cleave::network<net>::workspace_bytes <= 32 * 1024);
