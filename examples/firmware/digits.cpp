// SPDX-License-Identifier: BSL-1.0
/// @file
/// Handwritten digits on a microcontroller: the first eight layers here, with their weights in flash, the rest on a
/// server behind a UART that may lose bytes. Prints what the server answers to each picture.

#include "../digits/digits.hpp"
#include "program.hpp"

#include <array>
#include <cstddef>
#include <span>

#include <digits_flash.hpp>  // made when this is built: digits_weights, digits_pictures

// [device]
using half = cleave::device_half<digits, "pool2">;
static_assert(half::workspace_bytes == 8 * 1024);

int main() {
  static const auto weights =
      cleave::view_weights<digits, cleave::up_to("pool2")>(std::as_bytes(std::span{digits_weights}));
  if (!weights) return static_cast<int>(weights.error());
  return program::ask_about<half>(digits_pictures, *weights, [](const auto& picture) {
    std::array<float, 64> input;
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(picture[i]) / 16;
    return input;
  });
}
// [/device]
