// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_FIRMWARE_BOARD_HPP
#define EXAMPLES_FIRMWARE_BOARD_HPP

/// @file
/// The board: Arm's MPS2 with the image AN386 (Cortex-M4F at 25 MHz), as QEMU has it. A clock from SysTick, a console,
/// and what the interrupts are called. For another board, this file, startup.cpp and board.ld are to change.

#include <cstdint>

namespace board {

/// A UART of Arm's CMSDK (Cortex-M System Design Kit).
struct uart_registers {
  volatile std::uint32_t data;
  volatile std::uint32_t state;      // bit 0: no room to send, bit 1: a byte has come
  volatile std::uint32_t control;    // bits 0, 1: send and receive; bit 3: interrupt for each byte that has come
  volatile std::uint32_t interrupt;  // write bit 1: the byte was seen
  volatile std::uint32_t divider;    // cycles per bit, at least 16
};

inline constexpr std::uint32_t clock_hertz = 25'000'000;
inline constexpr unsigned link_interrupt = 2;  // of UART 1, for bytes that have come

inline uart_registers& console() { return *reinterpret_cast<uart_registers*>(0x40004000); }
inline uart_registers& link() { return *reinterpret_cast<uart_registers*>(0x40005000); }

/// Since the start; the interrupt of SysTick counts them.
inline volatile std::uint64_t milliseconds = 0;
extern "C" [[gnu::used]] inline void clock_interrupt() { milliseconds = milliseconds + 1; }

struct systick_registers {
  volatile std::uint32_t control;
  volatile std::uint32_t reload;
  volatile std::uint32_t current;
};
inline systick_registers& systick() { return *reinterpret_cast<systick_registers*>(0xE000E010); }

inline constexpr std::uint32_t cycles_per_microsecond = clock_hertz / 1'000'000;

/// Starts the clock and the console.
inline void start() {
  systick().reload = cycles_per_microsecond * 1000 - 1;
  systick().current = 0;
  systick().control = 7;  // on, with interrupt, from the processor's clock
  console().divider = clock_hertz / 115'200;
  console().control = 1;
}

/// Since the start; never goes back.
inline std::uint64_t microseconds() {
  for (;;) {
    const std::uint64_t before = milliseconds;
    const std::uint32_t left = systick().current;
    if (before != milliseconds) continue;  // the interrupt came in between
    return before * 1000 + (cycles_per_microsecond * 1000 - 1 - left) / cycles_per_microsecond;
  }
}

inline void enable_interrupt(unsigned number) {
  *reinterpret_cast<volatile std::uint32_t*>(0xE000E100 + number / 32 * 4) = 1u << number % 32;
}

inline void print(char each) {
  while ((console().state & 1) != 0) {
  }
  console().data = static_cast<unsigned char>(each);
}
inline void print(const char* text) {
  for (; *text != 0; ++text) print(*text);
}
/// Eight hexadecimal digits.
inline void print(std::uint32_t word) {
  for (int shift = 28; shift >= 0; shift -= 4) print("0123456789abcdef"[(word >> shift) & 15]);
}

}  // namespace board
#endif
