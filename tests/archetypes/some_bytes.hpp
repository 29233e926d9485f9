// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_SOME_BYTES_HPP
#define CLEAVE_TESTS_ARCHETYPES_SOME_BYTES_HPP

#include <cleave/core/random_bits.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace archetypes {

/// Reproducible bytes without a pattern.
inline std::vector<std::byte> some_bytes(std::size_t count, std::uint64_t seed = 1) {
  cleave::random_bits random(seed);
  std::vector<std::byte> made(count);
  for (std::byte& each : made) each = static_cast<std::byte>(random.next() >> 56);
  return made;
}

/// The bytes of a hexadecimal text; blanks are skipped.
inline std::vector<std::byte> from_hex(std::string_view text) {
  std::vector<std::byte> made;
  int digits = 0;
  unsigned value = 0;
  for (const char each : text) {
    if (each == ' ') continue;
    value = value * 16 + static_cast<unsigned>(each <= '9' ? each - '0' : each - 'a' + 10);
    if (++digits % 2 == 0) {
      made.push_back(static_cast<std::byte>(value));
      value = 0;
    }
  }
  return made;
}

}  // namespace archetypes
#endif
