// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cleave/codec/f16.hpp>
#include <cleave/core/random_bits.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::dtype;
using cleave::half_bits;
using cleave::half_value;

constexpr float endless = std::numeric_limits<float>::infinity();

constexpr std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

static_assert(half_bits(0.0f) == 0x0000 && half_bits(-0.0f) == 0x8000);
static_assert(half_bits(1.0f) == 0x3c00 && half_bits(-2.0f) == 0xc000);
static_assert(half_bits(65504.0f) == 0x7bff && half_bits(65519.996f) == 0x7bff && half_bits(65520.0f) == 0x7c00);
static_assert(half_bits(0x1p-14f) == 0x0400 && half_bits(0x1p-24f) == 0x0001 && half_bits(0x1p-25f) == 0x0000);
static_assert(half_value(0x3555) == 0x1.554p-2f && half_value(0x0001) == 0x1p-24f && half_value(0xfc00) == -endless);

/// What IEEE 754 says of a half, in doubles, which hold them all.
double defined_value(unsigned half) {
  const int exponent = static_cast<int>((half >> 10) & 31u);
  const int fraction = static_cast<int>(half & 1023u);
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (half & 0x8000u) != 0 ? -magnitude : magnitude;
}

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * 4);
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("each of the 65536 halves has the value that IEEE 754 gives it") {
  int wrong = 0;
  for (unsigned half = 0; half < 65536; ++half) {
    const float value = half_value(static_cast<std::uint16_t>(half));
    const bool special = (half & 0x7c00u) == 0x7c00u;
    if (!special) wrong += value != static_cast<float>(defined_value(half)) || std::signbit(value) != (half > 0x7fff);
    if (special && (half & 1023u) == 0) wrong += value != (half > 0x7fff ? -endless : endless);
    if (special && (half & 1023u) != 0) wrong += !std::isnan(value);
  }
  CHECK(wrong == 0);
}

TEST_CASE("each of the 65536 halves survives the way to a float and back") {
  int wrong = 0;
  for (unsigned half = 0; half < 65536; ++half) {
    const std::uint16_t back = half_bits(half_value(static_cast<std::uint16_t>(half)));
    const bool nan = (half & 0x7fffu) > 0x7c00u;
    wrong += back != (nan ? half | 0x0200u : half);  // a NaN becomes quiet
  }
  CHECK(wrong == 0);
}

TEST_CASE("between two neighbouring halves the nearer wins, in the middle the even one") {
  int wrong = 0;
  for (unsigned low = 0; low < 0x7c00; ++low) {
    const unsigned high = low + 1;
    // 65536 stands where the half after the largest would be: IEEE 754 4.3.1.
    const double above = high == 0x7c00 ? 65536.0 : defined_value(high);
    const float middle = static_cast<float>((defined_value(low) + above) / 2);  // 12 bits: exact
    const unsigned even = (low & 1u) == 0 ? low : high;
    for (const unsigned sign : {0u, 0x8000u}) {
      const float direction = sign == 0 ? 1.0f : -1.0f;
      wrong += half_bits(direction * middle) != (sign | even);
      wrong += half_bits(direction * std::nextafterf(middle, 0.0f)) != (sign | low);
      wrong += half_bits(direction * std::nextafterf(middle, endless)) != (sign | high);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("what is too large becomes infinite, what is too small zero, each with its sign") {
  for (const float large : {65520.0f, 65536.0f, 1e10f, std::numeric_limits<float>::max(), endless}) {
    CHECK(half_bits(large) == 0x7c00);
    CHECK(half_bits(-large) == 0xfc00);
  }
  for (const float small : {0x1p-25f, 0x1p-26f, std::numeric_limits<float>::min(), 0x1p-140f, 0x1p-149f}) {
    CHECK(half_bits(small) == 0x0000);
    CHECK(half_bits(-small) == 0x8000);
  }
}

TEST_CASE("every NaN stays a NaN with its sign") {
  for (std::uint32_t fraction : {0x1u, 0x1fffu, 0x2000u, 0x3fffffu, 0x400000u, 0x7fffffu}) {
    for (const std::uint32_t sign : {0u, 0x80000000u}) {
      const std::uint16_t half = half_bits(std::bit_cast<float>(sign | 0x7f800000u | fraction));
      CHECK((half & 0x7fffu) > 0x7c00u);
      CHECK(((half & 0x8000u) != 0) == (sign != 0));
    }
  }
}

TEST_CASE("the documented bound holds for random bit patterns") {
  cleave::random_bits random(6);
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random.next() >> 32));
    if (!(std::abs(value) < 65520.0f)) continue;
    const double error = std::abs(double{half_value(half_bits(value))} - double{value});
    const double bound = std::abs(value) < 0x1p-14f ? 0x1p-25 : 0x1p-11 * double{std::abs(value)};
    wrong += !(error <= bound);
  }
  CHECK(wrong == 0);
}

TEST_CASE("a tensor of any length and alignment is encoded element by element, two bytes each") {
  cleave::codecs::f16 codec;
  cleave::random_bits random(7);
  for (const std::size_t elements : {0u, 1u, 2u, 15u, 16u, 17u, 33u, 100u}) {
    std::vector<float> values(elements);
    for (float& each : values) each = std::bit_cast<float>(static_cast<std::uint32_t>(random.next() >> 32));
    for (std::size_t shift = 0; shift < 3; ++shift) {
      std::vector<std::byte> tensor(shift);
      const std::vector<std::byte> bytes = bytes_of(values);
      tensor.insert(tensor.end(), bytes.begin(), bytes.end());
      std::vector<std::byte> out(elements * 2 + shift + 1, std::byte{0xa5});
      CHECK(codec.encode(std::span(tensor).subspan(shift), dtype::float32,
                         std::span(out).subspan(shift, elements * 2)) == elements * 2);
      CHECK(out.back() == std::byte{0xa5});
      std::vector<std::byte> back(elements * 4 + shift + 1, std::byte{0xa5});
      CHECK(codec.decode(std::span(out).subspan(shift, elements * 2), dtype::float32,
                         std::span(back).subspan(shift, elements * 4)));
      CHECK(back.back() == std::byte{0xa5});
      for (std::size_t i = 0; i < elements; ++i) {
        const std::uint16_t half = cleave::load_little<std::uint16_t>(&out[shift + i * 2]);
        CHECK(half == half_bits(values[i]));
        float decoded = 0;
        std::memcpy(&decoded, &back[shift + i * 4], 4);
        CHECK(bits_of(decoded) == bits_of(half_value(half)));
      }
    }
  }
}

TEST_CASE("integers pass the half-precision codec unchanged") {
  cleave::codecs::f16 codec;
  const std::vector<std::byte> tensor = archetypes::some_bytes(40);
  std::vector<std::byte> out(codec.max_encoded_size(10, dtype::int32));
  CHECK(out.size() == 40);
  CHECK(codec.encode(tensor, dtype::int32, out) == 40);
  std::vector<std::byte> back(40);
  CHECK(codec.decode(out, dtype::int32, back));
  CHECK(back == tensor);
}

TEST_CASE("the half-precision codec refuses every size but the right one") {
  const std::vector<std::byte> in(50);
  std::vector<std::byte> tensor(40);
  for (std::size_t size = 0; size <= in.size(); ++size) {
    const auto part = std::span(in).first(size);
    CHECK(bool(cleave::codecs::f16{}.decode(part, dtype::float32, tensor)) == (size == 20));
    CHECK(bool(cleave::codecs::f16{}.decode(part, dtype::int32, tensor)) == (size == 40));
  }
}
