// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_MINIMAL_CODEC_HPP
#define CLEAVE_TESTS_ARCHETYPES_MINIMAL_CODEC_HPP

#include <algorithm>
#include <cleave/codec/codec.hpp>
#include <cstddef>
#include <span>

namespace archetypes {

/// A codec and nothing more: can not be copied or made without arguments. Adds a key to every byte.
class minimal_codec {
 public:
  explicit minimal_codec(unsigned key) noexcept : key_(key) {}
  minimal_codec(minimal_codec&&) noexcept = default;
  minimal_codec& operator=(minimal_codec&&) = delete;

  static constexpr cleave::codec_id id{63};

  static constexpr std::size_t max_encoded_size(std::size_t elements, cleave::dtype) noexcept { return elements * 4; }

  std::size_t encode(std::span<const std::byte> tensor, cleave::dtype, std::span<std::byte> out) noexcept {
    std::transform(tensor.begin(), tensor.end(), out.begin(), [this](std::byte each) { return add(each, key_); });
    return tensor.size();
  }

  cleave::status decode(std::span<const std::byte> in, cleave::dtype, std::span<std::byte> tensor) noexcept {
    if (in.size() != tensor.size()) return cleave::errc::bad_encoding;
    std::transform(in.begin(), in.end(), tensor.begin(), [this](std::byte each) { return add(each, 256 - key_); });
    return {};
  }

  void operator&() const = delete;

 private:
  static std::byte add(std::byte each, unsigned key) noexcept {
    return static_cast<std::byte>((std::to_integer<unsigned>(each) + key) & 255u);
  }

  unsigned key_;
};

static_assert(cleave::codec<minimal_codec>);

}  // namespace archetypes
#endif
