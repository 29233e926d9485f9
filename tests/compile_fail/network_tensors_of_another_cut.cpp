// expect-error: (no match for call|no matching function for call)
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

void run(cleave::remote_half<net, 2>& remote, const cleave::cut_tensors<net, 1>& one,
         const cleave::cut_tensors<net, 2>& two) {
#if CLEAVE_ILL_FORMED
  (void)remote(one);
  (void)two;
#else
  (void)remote(two);
  (void)one;
#endif
}
