// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_CRC16_HPP
#define CLEAVE_CORE_CRC16_HPP

/// @file
/// CRC-16/CCITT (polynomial 0x1021, ITU-T V.41; initial value 0xFFFF): guards short packets on a line that damages
/// bytes. It finds every error of up to 3 bits in a packet of less than 4 KiB, and every burst of up to 16 bits.

#include <cstddef>
#include <cstdint>
#include <span>

namespace cleave {

/// The CRC-16 of `bytes`. Needs no table: the polynomial has so few terms that a byte's eight steps are three shifts.
constexpr std::uint16_t crc16(std::span<const std::byte> bytes) noexcept {
  std::uint32_t value = 0xFFFFu;
  for (const std::byte each : bytes) {
    std::uint32_t top = ((value >> 8) & 0xFFu) ^ std::to_integer<std::uint32_t>(each);
    top ^= top >> 4;
    value = (value << 8) ^ (top << 12) ^ (top << 5) ^ top;
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace cleave
#endif
