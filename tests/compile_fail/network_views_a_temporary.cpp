// expect-error: (use of deleted function|call to deleted constructor)
// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/network.hpp>
#include <cleave/weights/random.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

void run() {
#if CLEAVE_ILL_FORMED
  cleave::network<net> whole{cleave::random_weights<net>(42)};
#else
  const auto weights = cleave::random_weights<net>(42);
  cleave::network<net> whole{weights};
#endif
  (void)whole;
}
