// SPDX-License-Identifier: BSL-1.0
// What a session over a reliable link costs in code: see code_size.py. Where the link ends nobody answers.
#include <cleave/device.hpp>

namespace {

inline constexpr auto small = cleave::graph{
    cleave::input{.channels = 16},
    cleave::dense{.units = 16},
    cleave::dense{.units = 10},
    cleave::softmax{},
};

/// Takes the device half's place, so that no kernel is weighed.
struct stand_in {
  static constexpr const auto& graph = small;
  static constexpr std::size_t last_layer = 1;
  using graph_answer = cleave::answer_of<small>;
  using options = cleave::default_options;
  using tensors = cleave::cut_tensors<small, 1>;

  tensors forward(const std::array<float, 16>& image) noexcept {
    tensors crossing;
    crossing.sent_[0] = reinterpret_cast<const std::byte*>(image.data());
    return crossing;
  }
  std::uint64_t weights_fingerprint() const noexcept { return 1; }
};

constinit stand_in device;
constinit std::array<float, 16> image{};

}  // namespace

/// A line whose code is elsewhere.
struct line {
  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept;
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept;
  std::uint64_t now() noexcept;
};
extern line uart;

int main() {
  static cleave::reliable_link<line, 128> link{uart};
  static cleave::session session{device, link};
  return static_cast<int>(session(image).error());
}
