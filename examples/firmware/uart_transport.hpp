// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_FIRMWARE_UART_TRANSPORT_HPP
#define EXAMPLES_FIRMWARE_UART_TRANSPORT_HPP

/// @file
/// A UART as a transport, to be copied: an interrupt puts what comes into a ring, the program takes it from there.
/// What a board must have is in five places, marked with "board:".

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/device.hpp>

#include "board.hpp"

// [uart]
/// `Ring` bytes may wait for the program, which is what it may compute without looking: 64 are 5 ms at 115,200 baud.
/// What does not fit is lost, as it is on the line; `reliable_link` above has it sent again. Not less than its window.
template <std::size_t Ring = 256>
class uart_transport {
  static_assert((Ring & (Ring - 1)) == 0, "a ring is a power of 2");

 public:
  explicit uart_transport(board::uart_registers& registers) noexcept : registers_(registers) {}

  void start(std::uint32_t baud) noexcept {
    registers_.divider = board::clock_hertz / baud;    // board: the speed
    registers_.control = 1u << 0 | 1u << 1 | 1u << 3;  // board: on, with an interrupt for each byte
    board::enable_interrupt(board::link_interrupt);
  }

  /// To be called by the interrupt.
  void received() noexcept {
    registers_.interrupt = 1u << 1;              // first: a byte that comes from here on brings another interrupt
    while ((registers_.state & 1u << 1) != 0) {  // board: a byte has come
      const auto each = static_cast<std::byte>(registers_.data);
      const std::uint32_t end = end_.load(std::memory_order_relaxed);
      if (end - begin_.load(std::memory_order_acquire) == Ring) continue;
      ring_[end % Ring] = each;
      end_.store(end + 1, std::memory_order_release);
    }
  }

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    const std::uint32_t begin = begin_.load(std::memory_order_relaxed);
    while (end_.load(std::memory_order_acquire) == begin) {
      if (by.passed(now())) return {0, cleave::errc::timed_out};
      sleep(begin);
    }
    const std::uint32_t end = end_.load(std::memory_order_acquire);
    std::size_t count = 0;
    for (; count < in.size() && begin + count != end; ++count) in[count] = ring_[(begin + count) % Ring];
    begin_.store(begin + count, std::memory_order_release);
    return {count, cleave::errc::ok};
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    for (std::size_t count = 0;; ++count) {
      if (count == out.size()) return {count, cleave::errc::ok};
      while ((registers_.state & 1u << 0) != 0) {  // board: no room
        if (!by.passed(now())) continue;
        return {count, count == 0 ? cleave::errc::timed_out : cleave::errc::ok};
      }
      registers_.data = std::to_integer<std::uint32_t>(out[count]);  // board: to the line
    }
  }

  std::uint64_t now() noexcept { return board::microseconds(); }

 private:
  /// Until an interrupt, if nothing has come yet: of this UART, or of the clock a millisecond later.
  void sleep(std::uint32_t begin) noexcept {
    asm volatile("cpsid i" ::: "memory");  // else a byte that comes now would find us looking away
    if (end_.load(std::memory_order_relaxed) == begin) asm volatile("wfi" ::: "memory");
    asm volatile("cpsie i" ::: "memory");
  }

  board::uart_registers& registers_;
  std::atomic<std::uint32_t> end_{0};    // written by the interrupt alone
  std::atomic<std::uint32_t> begin_{0};  // by the program alone
  std::array<std::byte, Ring> ring_;
};
static_assert(cleave::transport<uart_transport<>>);
// [/uart]

#endif
