// expect-error: ill_formed_split<cleave::cut_at<5>, cleave::last_layer_is<3>, cleave::needs<cleave::requirement::a_number_up_to_the_last_layer>>
// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <span>

#include <cleave/graph/graph.hpp>
#include <cleave/weights/view.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

bool fits(std::span<const std::byte> blob) {
#if CLEAVE_ILL_FORMED
  return bool(cleave::view_weights<net, cleave::up_to(5)>(blob));
#else
  return bool(cleave::view_weights<net, cleave::up_to(2)>(blob));
#endif
}
