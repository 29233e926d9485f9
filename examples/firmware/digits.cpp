// SPDX-License-Identifier: BSL-1.0
/// @file
/// Handwritten digits on a microcontroller: the first eight layers here, with their weights in flash, the rest on a
/// server behind a UART that may lose bytes. Prints what the server answers to each picture.

#include "../digits/digits.hpp"
#include "program.hpp"
#include "uart_transport.hpp"

#include <array>
#include <cstddef>
#include <span>

#include <digits_flash.hpp>  // made when this is built: digits_weights, digits_pictures

// [device]
using half = cleave::device_half<digits, "pool2">;
using uart = uart_transport<64>;
using reliable_uart = cleave::reliable_link<uart, 128, 64>;  // answers are short

static_assert(half::workspace_bytes == 8 * 1024);

static uart* port;
extern "C" void link_interrupt() { port->received(); }

int main() {
  board::start();
  static uart link{board::link()};
  port = &link;
  link.start(115'200);
  static reliable_uart line{link, {.timeout_microseconds = 30'000}};  // 128 bytes and the answer take 15 ms

  static const auto weights =
      cleave::view_weights<digits, cleave::up_to("pool2")>(std::as_bytes(std::span{digits_weights}));
  if (!weights) return static_cast<int>(weights.error());
  static half device{*weights};
  static cleave::session session{device, line, cleave::codecs::identity{}, {.timeout_microseconds = 30'000'000}};

  for (const auto& picture : digits_pictures) {
    std::array<float, 64> input;
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(picture[i]) / 16;
    if (!program::print_answer(session(input))) return 1;
  }
  program::print_statistics(line.statistics());
  return 0;
}
// [/device]
