// expect-error: ill_formed_graph<cleave::at_layer<0>, cleave::layer_is<cleave::input>, cleave::receives_nothing, cleave::needs<cleave::requirement::a_use_for_every_input>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.channels = 8, .name = "x"}, cleave::input{.channels = 8, .name = "y"},
#if CLEAVE_ILL_FORMED
      cleave::relu{},
#else
      cleave::add{.with = "x"},
#endif
};

static_assert(cleave::network<net>::workspace_bytes <= 32 * 1024);
