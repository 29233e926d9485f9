// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CODEC_F16_HPP
#define CLEAVE_CODEC_F16_HPP

/// @file
/// Floats as IEEE 754 half precision: half the bytes on the wire.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/core/bytes.hpp>

namespace cleave {

/// The bits of the half nearest to `value`, ties to even: exact for every float. What lies beyond
/// 65504 by half a step or more becomes infinite; a NaN stays a NaN (quiet) and keeps the upper
/// bits of its payload. Requires: the rounding mode is to nearest.
constexpr std::uint16_t half_bits(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;

  // Computed for every value and selected at the end, so that the loop over a tensor vectorises.
  // Normal halves: move the exponent's bias from 127 to 15, then round away 13 bits to even.
  const std::uint32_t normal = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  // Subnormal halves: the last bit of 0.5f is worth 2^-24, the same as theirs: the adder rounds.
  const std::uint32_t small =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  const std::uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);

  std::uint32_t half = normal;
  half = magnitude < (113u << 23) ? small : half;    // below 2^-14
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;  // 65520 and beyond
  half = magnitude > 0x7f800000u ? nan : half;
  return static_cast<std::uint16_t>(sign | half);
}

/// The float that a half stands for: always exact.
constexpr float half_value(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000u) * 0x10000u;
  const std::uint32_t magnitude = half & 0x7fffu;
  const std::uint32_t normal = (magnitude << 13) + (112u << 23);
  // A subnormal's bits under the exponent of 2^-14 are its value plus 2^-14, exactly.
  const std::uint32_t small = std::bit_cast<std::uint32_t>(std::bit_cast<float>((magnitude << 13) + (113u << 23)) -
                                                           std::bit_cast<float>(113u << 23));
  std::uint32_t bits = normal;
  bits = magnitude < 0x0400u ? small : bits;
  bits = magnitude >= 0x7c00u ? normal + (112u << 23) : bits;  // infinite or NaN
  return std::bit_cast<float>(sign | bits);
}

namespace codecs {

/// Rounds float32 elements to half precision, 2 bytes, little-endian; int32 elements pass unchanged.
/// Bound: for 2^-14 <= |x| < 65520 what comes back differs from x by at most 2^-11 |x|, for smaller
/// |x| by at most 2^-25; from 65520 on it is infinite; NaN comes back as NaN.
struct f16 {
  static constexpr codec_id id = codec_id::f16;

  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype type) noexcept {
    return type == dtype::float32 ? elements * 2 : elements * 4;
  }

  std::size_t encode(std::span<const std::byte> tensor, dtype type, std::span<std::byte> out) noexcept {
    if (type != dtype::float32) {
      detail::copy_elements(tensor.data(), out.data(), tensor.size());
      return tensor.size();
    }
    const std::size_t elements = tensor.size() / 4;
    const std::byte* from = tensor.data();
    std::byte* to = out.data();
    std::size_t left = elements;
    for (; left >= block; left -= block, from += block * 4, to += block * 2) encode_some<block>(from, to);
    for (; left > 0; --left, from += 4, to += 2) encode_some<1>(from, to);
    return elements * 2;
  }

  status decode(std::span<const std::byte> in, dtype type, std::span<std::byte> tensor) noexcept {
    const std::size_t elements = tensor.size() / 4;
    if (in.size() != max_encoded_size(elements, type)) return errc::bad_encoding;
    if (type != dtype::float32) {
      detail::copy_elements(in.data(), tensor.data(), in.size());
      return {};
    }
    const std::byte* from = in.data();
    std::byte* to = tensor.data();
    std::size_t left = elements;
    for (; left >= block; left -= block, from += block * 2, to += block * 4) decode_some<block>(from, to);
    for (; left > 0; --left, from += 2, to += 4) decode_some<1>(from, to);
    return {};
  }

 private:
  // Copies to and from arrays let any alignment be vectorised, also at -O2: the trip count is known.
  static constexpr std::size_t block = 16;

  template <std::size_t Count>
  static void encode_some(const std::byte* from, std::byte* to) noexcept {
    std::array<float, Count> values;
    std::memcpy(values.data(), from, sizeof values);
    std::array<std::uint16_t, Count> halves;
    for (std::size_t i = 0; i < Count; ++i) halves[i] = swapped(half_bits(values[i]));
    std::memcpy(to, halves.data(), sizeof halves);
  }

  template <std::size_t Count>
  static void decode_some(const std::byte* from, std::byte* to) noexcept {
    std::array<std::uint16_t, Count> halves;
    std::memcpy(halves.data(), from, sizeof halves);
    std::array<float, Count> values;
    for (std::size_t i = 0; i < Count; ++i) values[i] = half_value(swapped(halves[i]));
    std::memcpy(to, values.data(), sizeof values);
  }

  static constexpr std::uint16_t swapped(std::uint16_t half) noexcept {
    if constexpr (std::endian::native == std::endian::little) return half;
    return static_cast<std::uint16_t>((half << 8) | (half >> 8));
  }
};

static_assert(codec<f16>);

}  // namespace codecs
}  // namespace cleave
#endif
