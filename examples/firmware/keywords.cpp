// SPDX-License-Identifier: BSL-1.0
/// @file
/// Spoken words on a microcontroller: a network from an ONNX file, its convolutions here and its last layers on a
/// server behind a UART that may lose bytes. Prints what the server answers to each sound.

#include "program.hpp"
#include "uart_transport.hpp"

#include <array>
#include <cstddef>
#include <span>

#include <keywords.hpp>        // from the ONNX file: the graph
#include <keywords_flash.hpp>  // made when this is built: keywords_weights, keywords_sounds

using half = cleave::device_half<keywords, 19>;  // behind the global average: 256 bytes cross
using uart = uart_transport<64>;
using reliable_uart = cleave::reliable_link<uart, 128, 64>;

static_assert(half::workspace_bytes <= 96 * 1024);

static uart* port;
extern "C" void link_interrupt() { port->received(); }

int main() {
  board::start();
  static uart link{board::link()};
  port = &link;
  link.start(115'200);
  static reliable_uart line{link, {.timeout_microseconds = 30'000}};

  static const auto weights =
      cleave::view_weights<keywords, cleave::up_to(19)>(std::as_bytes(std::span{keywords_weights}));
  if (!weights) return static_cast<int>(weights.error());
  static half device{*weights};
  static cleave::session session{device, line, cleave::codecs::identity{}, {.timeout_microseconds = 30'000'000}};

  for (const auto& sound : keywords_sounds) {
    if (!program::print_answer(session(std::span<const float, 490>{sound}))) return 1;
  }
  program::print_statistics(line.statistics());
  return 0;
}
