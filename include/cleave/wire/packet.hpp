// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_PACKET_HPP
#define CLEAVE_WIRE_PACKET_HPP

/// @file
/// Short packets on a line that loses, damages and invents bytes: where each begins and ends, and whether it is sound.
/// What they mean is `reliable_link`'s business.
///
/// On the line a packet is
///
///     0 | key | length ^ key | body ^ key ... | CRC-16 ^ key (2) | 0
///
/// The key is a value that no byte inside has, so that zeros stand at the ends alone: a receiver that lost its place
/// has it again with the next packet. The CRC covers length and body. The length makes sure that a packet in which
/// bytes were lost, and no others invented, is never taken for a whole one.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/bytes.hpp>
#include <cleave/core/crc16.hpp>

namespace cleave {

/// Of a packet on the line, all its bytes.
inline constexpr std::size_t max_packet_bytes = 64;

/// Around the body: two zeros, key, length, CRC.
inline constexpr std::size_t packet_overhead = 6;

inline constexpr std::size_t max_packet_body = max_packet_bytes - packet_overhead;

/// The first `size` bytes of a packet on the line, made of the body that the owner writes into `body()`.
class packet_writer {
 public:
  /// Where the body goes.
  constexpr std::span<std::byte, max_packet_body> body() noexcept {
    return std::span(line_).template subspan<body_at, max_packet_body>();
  }

  /// Makes the packet of the first `size` bytes of the body, which are no longer there then.
  /// Requires: `size <= max_packet_body`.
  [[gnu::noinline]] constexpr std::span<const std::byte> seal(std::size_t size) noexcept {
    const std::span inside = std::span(line_).subspan(length_at, size + 3);
    inside[0] = static_cast<std::byte>(size);
    store_little(&inside[size + 1], crc16(inside.first(size + 1)));
    const std::byte key = unused(inside);
    line_[0] = std::byte{0};
    line_[1] = key;
    for (std::byte& each : inside) each ^= key;
    line_[size + packet_overhead - 1] = std::byte{0};
    return std::span(line_).first(size + packet_overhead);
  }

 private:
  static constexpr std::size_t length_at = 2;
  static constexpr std::size_t body_at = 3;

  /// The smallest value above zero that no byte has: there are fewer bytes than values.
  static constexpr std::byte unused(std::span<const std::byte> bytes) noexcept {
    for (unsigned key = 1;; ++key) {
      bool found = false;
      for (const std::byte each : bytes) found |= each == static_cast<std::byte>(key);
      if (!found) return static_cast<std::byte>(key);
    }
  }

  std::array<std::byte, max_packet_bytes> line_;
};

/// Finds packets in what comes from the line, byte by byte.
class packet_reader {
 public:
  /// True when `each` has completed a sound packet: `body()` is it until the next call.
  [[gnu::noinline]] constexpr bool take(std::byte each) noexcept {
    const std::size_t size = size_;
    if (each != std::byte{0}) {
      if (size == line_.size()) return false;  // too long: the CRC will tell
      line_[size] = size == 0 ? each : each ^ line_[0];
      ++size_;
      return false;
    }
    size_ = 0;
    if (size == 0) return false;  // between two packets
    body_ = static_cast<std::uint8_t>(size - 4);
    const bool sound = size >= 4 && std::to_integer<std::size_t>(line_[1]) == body_ &&
                       crc16(std::span(line_).subspan(1, body_ + 1u)) == load_little<std::uint16_t>(&line_[body_ + 2u]);
    if (!sound) ++damaged_;
    return sound;
  }

  constexpr std::span<const std::byte> body() const noexcept { return std::span(line_).subspan(2, body_); }

  /// How many packets were not sound.
  constexpr std::uint32_t damaged() const noexcept { return damaged_; }

 private:
  std::uint32_t damaged_ = 0;
  std::uint8_t size_ = 0;
  std::uint8_t body_ = 0;
  std::array<std::byte, max_packet_bytes - 2> line_;  // without the zeros, decoded
};

}  // namespace cleave
#endif
