// expect-error: static.assert.*the workspace exceeds the board's RAM
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2},
    cleave::relu{},
    cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5},
    cleave::relu{},
    cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 10},
    cleave::softmax{},
};

#if CLEAVE_ILL_FORMED
static_assert(cleave::device_half<net, "pool2">::workspace_bytes <= 16 * 1024, "the workspace exceeds the board's RAM");
#else
// [budget]
static_assert(cleave::device_half<net, "pool2">::workspace_bytes <= 32 * 1024, "the workspace exceeds the board's RAM");
// [/budget]
#endif
