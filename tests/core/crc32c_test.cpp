// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "archetypes/some_bytes.hpp"
#include <array>
#include <cleave/core/crc32c.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint32_t of_text(std::string_view text) {
  std::array<std::byte, 64> bytes{};
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = static_cast<std::byte>(text[i]);
  return cleave::crc32c(std::span(bytes).first(text.size()));
}

static_assert(of_text("123456789") == 0xE3069283u, "the check value of the catalogue of CRCs");
static_assert(of_text("") == 0);

/// Bit by bit, as the definition has it.
std::uint32_t defined(std::span<const std::byte> bytes) {
  std::uint32_t state = 0xFFFFFFFFu;
  for (const std::byte each : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const std::uint32_t in = (std::to_integer<std::uint32_t>(each) >> bit) & 1u;
      state = (state >> 1) ^ (((state & 1u) ^ in) != 0 ? 0x82F63B78u : 0u);
    }
  }
  return ~state;
}

}  // namespace

TEST_CASE("CRC-32C gives the values of RFC 3720 B.4") {
  std::array<std::byte, 32> bytes{};
  CHECK(cleave::crc32c(bytes) == 0x8A9136AAu);
  bytes.fill(std::byte{0xff});
  CHECK(cleave::crc32c(bytes) == 0x62A8AB43u);
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::byte>(i);
  CHECK(cleave::crc32c(bytes) == 0x46DD794Eu);
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::byte>(31 - i);
  CHECK(cleave::crc32c(bytes) == 0x113FDB5Cu);
}

TEST_CASE_TEMPLATE("every engine agrees with the definition, at every length and alignment", Engine,
                   cleave::detail::crc32c_nibbles, cleave::detail::crc32c_slices, cleave::detail::crc32c_machine) {
  const std::vector<std::byte> bytes = archetypes::some_bytes(120);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t count = 0; begin + count <= bytes.size(); ++count) {
      const auto part = std::span(bytes).subspan(begin, count);
      REQUIRE(~Engine::run(~std::uint32_t{0}, part) == defined(part));
    }
  }
}

TEST_CASE_TEMPLATE("every engine agrees with the definition where a sum is put together from parts", Engine,
                   cleave::detail::crc32c_nibbles, cleave::detail::crc32c_slices, cleave::detail::crc32c_machine) {
  const std::vector<std::byte> bytes = archetypes::some_bytes(5000);
  for (const std::size_t count :
       {511U, 512U, 767U, 768U, 1023U, 1024U, 1087U, 1088U, 1535U, 1536U, 1537U, 3071U, 3072U, 4613U, 4999U}) {
    const auto part = std::span(bytes).subspan(1, count);
    CHECK(~Engine::run(~std::uint32_t{0}, part) == defined(part));
  }
}

TEST_CASE("the CRC-32C of two parts goes on from the first to the second") {
  const std::vector<std::byte> bytes = archetypes::some_bytes(40, 2);
  for (std::size_t middle = 0; middle <= bytes.size(); ++middle) {
    const std::span all(bytes);
    CHECK(cleave::crc32c(all.subspan(middle), cleave::crc32c(all.first(middle))) == cleave::crc32c(all));
  }
}
