// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/core/crc16.hpp>
#include <cstddef>
#include <span>
#include <string_view>

namespace {

constexpr std::uint16_t of(std::string_view text) {
  std::array<std::byte, 16> bytes{};
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = static_cast<std::byte>(text[i]);
  return cleave::crc16(std::span(bytes).first(text.size()));
}

// The check values of CRC-16/IBM-3740 in the catalogue of Greg Cook, and of no bytes.
static_assert(of("123456789") == 0x29B1);
static_assert(of("") == 0xFFFF);

}  // namespace

TEST_CASE("a CRC-16 sees every error of one, two or three bits in a packet") {
  std::array<std::byte, 60> packet{};
  for (std::size_t i = 0; i < packet.size(); ++i) packet[i] = static_cast<std::byte>(i * 37);
  const auto right = cleave::crc16(packet);
  const auto flip = [&](std::size_t bit) { packet[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8); };
  bool seen = true;
  for (std::size_t first = 0; first < 480; ++first) {
    flip(first);
    seen &= cleave::crc16(packet) != right;
    for (std::size_t second = 0; second < first; second += 1 + first % 7) {
      flip(second);
      seen &= cleave::crc16(packet) != right;
      for (std::size_t third = 0; third < second; third += 41) {
        flip(third);
        seen &= cleave::crc16(packet) != right;
        flip(third);
      }
      flip(second);
    }
    flip(first);
  }
  CHECK(seen);
  CHECK(cleave::crc16(packet) == right);
}
