// SPDX-License-Identifier: BSL-1.0
// A network with small_options, compiled for size: the bits of the host, which computes with fast kernels.
#include "lenet5.hpp"

#include <array>
#include <bit>
#include <span>

#include "lenet5_case.hpp"

int main() {
  static std::array<float, 28 * 28> image;
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = std::bit_cast<float>(image_words[i]);

  const auto weights = cleave::view_weights<lenet5>(std::as_bytes(std::span{blob}));
  if (!weights) return static_cast<int>(weights.error());
  static cleave::network<lenet5, cleave::small_options> whole{*weights};
  const auto answer = whole(image);
  const float tolerance = answer_is_fused && cleave::native_pack::fused ? 0.0F : 1e-5F;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const float difference = answer[i] - std::bit_cast<float>(answer_words[i]);
    if (!(difference <= tolerance && -difference <= tolerance)) return 1;
  }
  return 0;
}
