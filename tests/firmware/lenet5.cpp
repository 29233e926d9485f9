// SPDX-License-Identifier: BSL-1.0
// A network whole, in halves and as the device half alone: to the last bit what the host computed.
#include "lenet5.hpp"

#include <array>
#include <bit>
#include <span>

#include "lenet5_case.hpp"

namespace {

std::array<float, 28 * 28> image;

std::span<const std::byte> bytes_of(std::span<const std::uint32_t> words) { return std::as_bytes(words); }

template <class Answer>
bool is_expected(const Answer& answer) {
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const float expected = std::bit_cast<float>(answer_words[i]);
    // The arithmetic is the same to the last bit where both ends fuse multiply-add.
    const float tolerance = answer_is_fused && cleave::native_pack::fused ? 0.0F : 1e-5F;
    const float difference = answer[i] - expected;
    if (!(difference <= tolerance && -difference <= tolerance)) return false;
  }
  return true;
}

}  // namespace

int main() {
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = std::bit_cast<float>(image_words[i]);

  const auto weights = cleave::view_weights<lenet5>(bytes_of(blob));
  if (!weights) return static_cast<int>(weights.error());
  static cleave::network<lenet5> whole{*weights};
  if (!is_expected(whole(image))) return 201;

  static auto halves = whole.split<6>();
  if (!is_expected(halves.remote(halves.device(image)))) return 202;

  const auto device_weights = cleave::view_weights<lenet5, cleave::up_to("pool2")>(bytes_of(device_blob));
  if (!device_weights) return static_cast<int>(device_weights.error());
  static cleave::device_half<lenet5, "pool2"> sensor{*device_weights};
  if (!is_expected(halves.remote(sensor(image)))) return 203;

  // A slice is not enough for the whole network.
  if (cleave::view_weights<lenet5>(bytes_of(device_blob)).error() != cleave::errc::missing_layers) return 204;
  return 0;
}
