// SPDX-License-Identifier: BSL-1.0
/// @file
/// Spoken words on a microcontroller: a network from an ONNX file, its convolutions here and its last layers on a
/// server behind a UART that may lose bytes. Prints what the server answers to each sound.

#include "program.hpp"

#include <cstddef>
#include <span>

#include <keywords.hpp>        // from the ONNX file: the graph
#include <keywords_flash.hpp>  // made when this is built: keywords_weights, keywords_sounds

using half = cleave::device_half<keywords, 19>;  // behind the global average: 256 bytes cross
static_assert(half::workspace_bytes <= 96 * 1024);

int main() {
  static const auto weights =
      cleave::view_weights<keywords, cleave::up_to(19)>(std::as_bytes(std::span{keywords_weights}));
  if (!weights) return static_cast<int>(weights.error());
  return program::ask_about<half>(keywords_sounds, *weights,
                                  [](const auto& sound) { return std::span<const float, 490>{sound}; });
}
