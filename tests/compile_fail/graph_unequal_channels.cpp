// expect-error: ill_formed_graph<cleave::at_layer<2>, cleave::layer_is<cleave::concat>, cleave::receives<4, 4, 6>, cleave::and_receives<4, 4, 8>, cleave::needs<cleave::requirement::inputs_that_differ_along_the_axis_only>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8, .name = "x"},
#if CLEAVE_ILL_FORMED
      cleave::conv2d{.channels = 6, .kernel = 1},
#else
      cleave::conv2d{.channels = 8, .kernel = 1},
#endif
      cleave::concat{.with = {"x"}, .axis = cleave::axis::height},
};

std::size_t workspace() { return cleave::network<net>::workspace_bytes; }
