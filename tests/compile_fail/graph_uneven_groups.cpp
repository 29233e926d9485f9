// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<cleave::conv2d>, cleave::receives<4, 4, 8>, cleave::needs<cleave::requirement::channels_that_are_a_multiple_of_groups>>
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8},
#if CLEAVE_ILL_FORMED
      cleave::conv2d{.channels = 9, .kernel = 1, .groups = 3},
#else
      cleave::conv2d{.channels = 12, .kernel = 1, .groups = 4},
#endif
};

bool fits(std::span<const std::byte> blob) { return bool(cleave::view_weights<net>(blob)); }
