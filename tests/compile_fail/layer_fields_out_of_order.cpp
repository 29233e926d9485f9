// expect-error: (designator order|declaration order)
// SPDX-License-Identifier: BSL-1.0
#include <cleave/graph/graph.hpp>

inline constexpr auto first = cleave::graph {
  cleave::input{.height = 4, .width = 4, .channels = 8, .name = "x"},
#if CLEAVE_ILL_FORMED
      cleave::dense{.units = 8, .from = "x", .name = "y"},
#else
      cleave::dense{.units = 8, .name = "y", .from = "x"},
#endif
};
