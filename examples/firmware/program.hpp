// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_FIRMWARE_PROGRAM_HPP
#define EXAMPLES_FIRMWARE_PROGRAM_HPP

/// @file
/// What the device programs share: how answers are printed for firmware_host to compare.

#include <cleave/device.hpp>

#include "board.hpp"

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

}  // namespace program
#endif
