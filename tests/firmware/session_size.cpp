// SPDX-License-Identifier: BSL-1.0
// What a session costs: sessions, frames and checksums, over a serial port on which nothing arrives. A stand-in takes
// the device half's place, so that nothing else is weighed. Alone, for a Cortex-M4 at -Os:
//   arm-none-eabi-g++ -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard -std=c++20 -Os -fno-exceptions
//   -fno-rtti
//     -Iinclude -c tests/firmware/session_size.cpp && arm-none-eabi-size session_size.o
#include <cleave/device.hpp>

namespace {

/// Stands for the registers of a serial port on which nothing ever arrives.
struct registers {
  std::uint32_t status = 0;  // bit 0: a byte is there
  std::uint32_t data = 0;
};
volatile registers uart;

struct dead_port {
  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    for (; !by.passed(clock); clock += 1000) {
      if ((uart.status & 1U) == 0) continue;
      in[0] = static_cast<std::byte>(uart.data);
      return {1, cleave::errc::ok};
    }
    return {0, cleave::errc::timed_out};
  }
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline) noexcept {
    for (const std::byte each : out) uart.data = std::to_integer<std::uint32_t>(each);
    return {out.size(), cleave::errc::ok};
  }
  std::uint64_t now() noexcept { return clock; }

  std::uint64_t clock = 0;
};

inline constexpr auto small = cleave::graph{
    cleave::input{.channels = 16},
    cleave::dense{.units = 16},
    cleave::dense{.units = 10},
    cleave::softmax{},
};

struct stand_in {
  static constexpr const auto& graph = small;
  using tensors = cleave::cut_tensors<small, 1>;
  using graph_answer = cleave::answer_of<small>;
  using options = cleave::default_options;

  tensors forward(const std::array<float, 16>& image) noexcept {
    tensors crossing;
    crossing.sent_[0] = reinterpret_cast<const std::byte*>(image.data());
    return crossing;
  }
  std::uint64_t weights_fingerprint() const noexcept { return 1; }
};

constinit dead_port port;
constinit stand_in device;
constinit std::array<float, 16> image{};

}  // namespace

int main() {
  static cleave::session session{device, port};
  const auto answer = session(image);
  return answer.error() == cleave::errc::timed_out && port.clock >= 2'000'000 ? 0 : 1;
}
