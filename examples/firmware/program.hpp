// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_FIRMWARE_PROGRAM_HPP
#define EXAMPLES_FIRMWARE_PROGRAM_HPP

/// @file
/// What the device programs share: a session behind the board's UART, and how answers are printed for firmware_host to
/// compare. For one file of a program.

#include <cleave/device.hpp>

#include "board.hpp"
#include "uart_transport.hpp"

#include <bit>
#include <cstdint>
#include <initializer_list>

namespace program {

inline void print_words(std::initializer_list<std::uint32_t> words) {
  for (const std::uint32_t each : words) {
    board::print(each);
    board::print(' ');
  }
  board::print("\n");
}

/// A line with the bits of each number, or why there is no answer; whether there is one.
template <class Answer>
bool print_answer(const cleave::result<Answer>& answer) {
  if (!answer) {
    board::print(cleave::message(answer.error()));
    board::print("\n");
    return false;
  }
  for (const float each : *answer) {
    board::print(std::bit_cast<std::uint32_t>(each));
    board::print(' ');
  }
  board::print("\n");
  return true;
}

/// The last line: packets sent, and how often the link went back to send some again.
inline void print_statistics(const cleave::reliable_statistics& line) { print_words({line.sent, line.repeated}); }

// [session]
using uart = uart_transport<64>;
using reliable_uart = cleave::reliable_link<uart, 128, 64>;  // answers are short

static uart* port;
extern "C" void link_interrupt() { port->received(); }

/// Asks the server about each input, and prints what it answers. The status for `main`.
template <class Half, class Weights, class Inputs, class Prepare>
int ask_about(const Inputs& inputs, const Weights& weights, Prepare prepare) {
  board::start();
  static uart link{board::link()};
  port = &link;
  link.start(115'200);
  static reliable_uart line{link, {.timeout_microseconds = 30'000}};  // 128 bytes and the answer take 15 ms

  static Half device{weights};
  static cleave::session session{device, line, cleave::codecs::identity{}, {.timeout_microseconds = 30'000'000}};
  for (const auto& each : inputs) {
    if (!print_answer(session(prepare(each)))) return 1;
  }
  print_statistics(line.statistics());
  return 0;
}
// [/session]

}  // namespace program
#endif
