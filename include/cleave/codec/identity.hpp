// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CODEC_IDENTITY_HPP
#define CLEAVE_CODEC_IDENTITY_HPP

/// @file
/// The codec that changes nothing: with it the two halves give the whole network's bits.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/core/bytes.hpp>

namespace cleave {
namespace detail {

/// Four-byte elements between the host's order and the wire's. Its own inverse.
inline void copy_elements(const std::byte* from, std::byte* to, std::size_t bytes) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (bytes != 0) std::memcpy(to, from, bytes);  // an empty span's pointer may be null
  } else {
    for (std::size_t i = 0; i + 4 <= bytes; i += 4) {
      std::uint32_t element;
      std::memcpy(&element, from + i, 4);
      store_little(to + i, element);
    }
  }
}

}  // namespace detail

namespace codecs {

/// Sends every element as it is, 4 bytes, little-endian.
struct identity {
  static constexpr codec_id id = codec_id::identity;
  static constexpr bool is_verbatim = std::endian::native == std::endian::little;

  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype) noexcept { return elements * 4; }

  std::size_t encode(std::span<const std::byte> tensor, dtype, std::span<std::byte> out) noexcept {
    detail::copy_elements(tensor.data(), out.data(), tensor.size());
    return tensor.size();
  }

  status decode(std::span<const std::byte> in, dtype, std::span<std::byte> tensor) noexcept {
    if (in.size() != tensor.size()) return errc::bad_encoding;
    detail::copy_elements(in.data(), tensor.data(), in.size());
    return {};
  }
};

static_assert(codec<identity>);

}  // namespace codecs
}  // namespace cleave
#endif
