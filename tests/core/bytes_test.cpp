// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/core/bytes.hpp>
#include <cstddef>
#include <cstdint>

namespace {

template <class Int>
constexpr bool is_little(Int value, const std::array<int, sizeof(Int)>& expected) {
  std::array<std::byte, sizeof(Int)> stored{};
  cleave::store_little(stored.data(), value);
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    if (std::to_integer<int>(stored[i]) != expected[i]) return false;
  }
  return cleave::load_little<Int>(stored.data()) == value;
}

// While compiling, the portable loops run, those of a big-endian machine.
static_assert(is_little(std::uint8_t{0xf7}, {0xf7}));
static_assert(is_little(std::uint16_t{0x8102}, {0x02, 0x81}));
static_assert(is_little(std::uint32_t{0xf1020384}, {0x84, 0x03, 0x02, 0xf1}));
static_assert(is_little(std::uint64_t{0xf102030405060788}, {0x88, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0xf1}));

}  // namespace

TEST_CASE("integers are stored with the lowest byte first") {
  CHECK(is_little(std::uint8_t{0xf7}, {0xf7}));
  CHECK(is_little(std::uint16_t{0x8102}, {0x02, 0x81}));
  CHECK(is_little(std::uint32_t{0xf1020384}, {0x84, 0x03, 0x02, 0xf1}));
  CHECK(is_little(std::uint64_t{0xf102030405060788}, {0x88, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0xf1}));
}

TEST_CASE("integers are stored and loaded at any address, and touch no byte beside theirs") {
  for (std::size_t at = 1; at <= 8; ++at) {
    std::array<std::byte, 20> memory{};
    cleave::store_little(&memory[at], std::uint64_t{0xf102030405060788});
    CHECK(cleave::load_little<std::uint64_t>(&memory[at]) == 0xf102030405060788);
    CHECK(memory[at - 1] == std::byte{0});
    CHECK(memory[at + 8] == std::byte{0});
  }
}
