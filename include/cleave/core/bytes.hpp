// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_BYTES_HPP
#define CLEAVE_CORE_BYTES_HPP

/// @file
/// Integers in little-endian byte order, whatever the host's order and alignment. Everything
/// cleave writes to a file or a wire goes through these two functions.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace cleave {

/// The unsigned integer stored at `from`, which may be misaligned.
template <std::unsigned_integral Int>
constexpr Int load_little(const std::byte* from) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (!std::is_constant_evaluated()) {
      Int value;
      std::memcpy(&value, from, sizeof value);
      return value;
    }
  }
  Int value = 0;
  for (std::size_t i = sizeof(Int); i-- > 0;) {
    value = static_cast<Int>((static_cast<unsigned long long>(value) << 8) | std::to_integer<unsigned>(from[i]));
  }
  return value;
}

/// Stores `value` at `to`, which may be misaligned.
template <std::unsigned_integral Int>
constexpr void store_little(std::byte* to, Int value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (!std::is_constant_evaluated()) {
      std::memcpy(to, &value, sizeof value);
      return;
    }
  }
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    to[i] = static_cast<std::byte>((static_cast<unsigned long long>(value) >> (8 * i)) & 0xffu);
  }
}

}  // namespace cleave
#endif
