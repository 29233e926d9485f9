// SPDX-License-Identifier: BSL-1.0
// A sensor as docs/split.md shows it: the device half of a network, its slice of the weights in flash, and a session
// over a serial port. Nobody answers here, which is told in time.
#include "lenet5.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "lenet5_case.hpp"

namespace {

/// Stands for a serial port at the end of which nobody listens, and for a timer.
struct serial_registers {
  std::uint32_t data = 0;
  std::uint32_t received = 0;
  std::uint32_t full = 0;
};
volatile serial_registers serial;
std::uint64_t ticks = 0;
std::uint64_t board_microseconds() noexcept { return ticks += 50; }

// [uart]
/// A serial port as a transport. What arrives waits in a ring that the interrupt fills; 512 bytes are 44 ms at 115200
/// baud.
class uart {
 public:
  void interrupt() noexcept {
    const std::uint32_t head = head_.load(std::memory_order_relaxed);
    ring_[head % ring_.size()] = static_cast<std::byte>(serial.data);
    head_.store(head + 1, std::memory_order_release);
  }

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    while (head_.load(std::memory_order_acquire) == tail_) {
      if (by.passed(now())) return {0, cleave::errc::timed_out};
    }
    const std::uint32_t head = head_.load(std::memory_order_acquire);
    std::size_t count = 0;
    for (; count < in.size() && tail_ != head; ++count) in[count] = ring_[tail_++ % ring_.size()];
    return {count, cleave::errc::ok};
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    while (serial.full != 0) {
      if (by.passed(now())) return {0, cleave::errc::timed_out};
    }
    serial.data = std::to_integer<std::uint32_t>(out[0]);
    return {1, cleave::errc::ok};  // short counts are normal
  }

  std::uint64_t now() noexcept { return board_microseconds(); }

 private:
  std::array<std::byte, 512> ring_{};
  std::atomic<std::uint32_t> head_{0};  // written by the interrupt alone
  std::uint32_t tail_ = 0;              // by the program alone
};
static_assert(cleave::transport<uart>);
// [/uart]

uart port;

// [sensor]
/// 0 to 9, or why there is no answer.
cleave::result<int> classify(std::span<const float, 28 * 28> image) noexcept {
  static const auto weights =
      cleave::view_weights<lenet5, cleave::up_to("pool2")>(std::as_bytes(std::span{device_blob}));
  if (!weights) return weights.error();
  static cleave::device_half<lenet5, "pool2"> half{*weights};
  static cleave::session session{half, port, cleave::codecs::f16{}};

  const auto answer = session(image);
  if (!answer) return answer.error();
  int best = 0;
  for (int digit = 1; digit < 10; ++digit) {
    if ((*answer)[static_cast<std::size_t>(digit)] > (*answer)[static_cast<std::size_t>(best)]) best = digit;
  }
  return best;
}
// [/sensor]

}  // namespace

extern "C" void uart_received() { port.interrupt(); }

int main() {
  static std::array<float, 28 * 28> image{};
  const auto digit = classify(image);
  return digit.error() == cleave::errc::timed_out && ticks >= 2'000'000 && ticks < 2'100'000 ? 0 : 1;
}
