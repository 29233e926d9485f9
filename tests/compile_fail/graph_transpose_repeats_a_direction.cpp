// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::transpose>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::a_permutation_of_its_dimensions>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::transpose{.permutation = {2, 1, 2}},
#else
      cleave::transpose{.permutation = {2, 1, 0}},
#endif
};

std::size_t workspace() { return cleave::network<net>::workspace_bytes; }
