// expect-error: (no viable conversion|could not convert|conversion from)
// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <span>

#include <cleave/network/network.hpp>

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 4, .width = 4, .channels = 8},
    cleave::relu{.name = "x"},
    cleave::max_pool{.kernel = 2, .name = "x"},
    cleave::relu{.name = "last"},
};

float last(cleave::network<net>& whole, const std::array<float, 128>& image) {
#if CLEAVE_ILL_FORMED
  const std::span<const float, 10> answer = whole(image);
#else
  const std::span<const float, 32> answer = whole(image);
#endif
  return answer.back();
}
