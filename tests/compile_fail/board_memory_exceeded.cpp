// expect-error: (static assertion failed|static_assert failed).*the workspace does not fit the board's memory
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph {
  cleave::input{.height = 28, .width = 28, .channels = 1},
#if CLEAVE_ILL_FORMED
      cleave::conv2d{.channels = 12, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
#else
      cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
#endif
      cleave::dense{.units = 10},
};

constexpr auto memory = 24 * 1024;
static_assert(cleave::network<net>::workspace_bytes <= memory, "the workspace does not fit the board's memory");
