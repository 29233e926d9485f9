// SPDX-License-Identifier: BSL-1.0
/// @file
/// A codec of one's own: a byte for each element, spread evenly from the least to the greatest. A quarter of the bytes,
/// within half a step. Then the library's conformance check runs on it.

#include <cleave/cleave.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <span>

// [codec]
struct byte_codec {
  static constexpr cleave::codec_id id{40};  // 32 to 63 are users' own

  static constexpr std::size_t max_encoded_size(std::size_t elements, cleave::dtype type) noexcept {
    return type == cleave::dtype::float32 ? 8 + elements : 4 * elements;
  }

  std::size_t encode(std::span<const std::byte> tensor, cleave::dtype type, std::span<std::byte> out) noexcept {
    if (type != cleave::dtype::float32) return cleave::codecs::identity{}.encode(tensor, type, out);
    float low = std::numeric_limits<float>::max();
    float high = std::numeric_limits<float>::lowest();
    for (std::size_t at = 0; at < tensor.size(); at += 4) {
      const float each = element(&tensor[at]);
      if (!std::isfinite(each)) continue;
      low = std::min(low, each);
      high = std::max(high, each);
    }
    if (low > high) low = high = 0;
    cleave::store_little(out.data(), std::bit_cast<std::uint32_t>(low));
    cleave::store_little(out.data() + 4, std::bit_cast<std::uint32_t>(high));
    const double range = double{high} - double{low};
    for (std::size_t at = 0; at < tensor.size() / 4; ++at) {
      const double steps = range > 0 ? (double{element(&tensor[4 * at])} - low) * 255 / range : 0;
      // Out of range is what was not finite; a NaN becomes the least.
      out[8 + at] = static_cast<std::byte>(std::lrint(std::fmin(std::fmax(steps, 0), 255)));
    }
    return 8 + tensor.size() / 4;
  }

  cleave::status decode(std::span<const std::byte> in, cleave::dtype type, std::span<std::byte> tensor) noexcept {
    if (type != cleave::dtype::float32) return cleave::codecs::identity{}.decode(in, type, tensor);
    if (in.size() != 8 + tensor.size() / 4) return cleave::errc::bad_encoding;
    const double low = stored(&in[0]);
    const double range = stored(&in[4]) - low;
    for (std::size_t at = 0; at < tensor.size() / 4; ++at) {
      const auto value = static_cast<float>(std::fma(std::to_integer<int>(in[8 + at]), range / 255, low));
      std::memcpy(&tensor[4 * at], &value, 4);
    }
    return {};
  }

 private:
  /// Tensors are in the host's byte order, encodings are little-endian everywhere.
  static float element(const std::byte* from) noexcept {
    float value;
    std::memcpy(&value, from, 4);
    return value;
  }
  static float stored(const std::byte* from) noexcept {
    return std::bit_cast<float>(cleave::load_little<std::uint32_t>(from));
  }
};
static_assert(cleave::codec<byte_codec>);
// [/codec]

int main() {
  byte_codec squeezer;
  const auto report = cleave::testing::check_codec(squeezer);
  for (const auto& check : report.entries()) {
    using outcome = cleave::testing::conformance_report::outcome;
    std::printf("%s  %s\n", check.came == outcome::passed ? "passed" : "FAILED", check.what);
  }

  std::array<float, 400> tensor{};
  for (std::size_t at = 0; at < tensor.size(); ++at) tensor[at] = std::sin(static_cast<float>(at));
  std::array<float, 400> back{};
  std::array<std::byte, byte_codec::max_encoded_size(400, cleave::dtype::float32)> encoded{};
  const std::size_t size = squeezer.encode(std::as_bytes(std::span{tensor}), cleave::dtype::float32, encoded);
  const auto decoded =
      squeezer.decode(std::span{encoded}.first(size), cleave::dtype::float32, std::as_writable_bytes(std::span{back}));
  float apart = 0;
  for (std::size_t at = 0; at < tensor.size(); ++at) apart = std::max(apart, std::abs(tensor[at] - back[at]));
  std::printf("%zu bytes for 1600, within half a step of 2/255: %s\n", size,
              decoded && apart <= 1.0F / 255 ? "yes" : "no");
  return report ? 0 : 1;
}
