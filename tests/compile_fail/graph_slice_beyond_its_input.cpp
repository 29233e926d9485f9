// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::slice>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::elements_within_its_input>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::slice{.begin = {3, 0, 0}, .size = {2, 4, 8}},
#else
      cleave::slice{.begin = {2, 0, 0}, .size = {2, 4, 8}},
#endif
};

std::size_t workspace() { return cleave::network<net>::workspace_bytes; }
