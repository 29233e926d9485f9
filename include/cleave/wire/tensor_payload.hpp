// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_TENSOR_PAYLOAD_HPP
#define CLEAVE_WIRE_TENSOR_PAYLOAD_HPP

/// @file
/// The payload of requests and answers: for each tensor in order, the length of its encoding as a
/// 32-bit number, and the encoding. Tensors are encoded straight out of a workspace and decoded
/// straight into one.

#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/core/bytes.hpp>
#include <cleave/core/result.hpp>

namespace cleave {

inline constexpr std::size_t tensor_prefix_bytes = 4;

/// The most bytes that a tensor takes in a payload.
template <codec Squeezer>
constexpr std::size_t max_tensor_bytes(std::size_t elements, dtype type) noexcept {
  return tensor_prefix_bytes + Squeezer::max_encoded_size(elements, type);
}

/// Fills a payload, tensor by tensor.
class payload_writer {
 public:
  constexpr explicit payload_writer(std::span<std::byte> room) noexcept : room_(room) {}

  /// Appends a tensor; `errc::frame_too_large` and nothing when its largest encoding would not fit.
  template <codec Squeezer>
  constexpr status add(Squeezer& squeezer, std::span<const std::byte> tensor, dtype type) noexcept {
    const std::size_t most = Squeezer::max_encoded_size(tensor.size() / 4, type);
    const std::size_t left = room_.size() - used_;
    if (left < tensor_prefix_bytes || left - tensor_prefix_bytes < most) return errc::frame_too_large;
    const std::size_t written = squeezer.encode(tensor, type, room_.subspan(used_ + tensor_prefix_bytes, most));
    store_little(&room_[used_], static_cast<std::uint32_t>(written));
    used_ += tensor_prefix_bytes + written;
    return {};
  }

  constexpr std::size_t size() const noexcept { return used_; }

 private:
  std::span<std::byte> room_;
  std::size_t used_ = 0;
};

/// Takes a payload apart, tensor by tensor. The payload is not trusted.
class payload_reader {
 public:
  constexpr explicit payload_reader(std::span<const std::byte> payload) noexcept : left_(payload) {}

  /// Decodes the next tensor into all of `tensor`. `errc::bad_encoding` when the payload has no such tensor.
  template <codec Squeezer>
  constexpr status take(Squeezer& squeezer, dtype type, std::span<std::byte> tensor) noexcept {
    if (left_.size() < tensor_prefix_bytes) return errc::bad_encoding;
    const std::size_t length = load_little<std::uint32_t>(left_.data());
    left_ = left_.subspan(tensor_prefix_bytes);
    if (length > left_.size() || length > Squeezer::max_encoded_size(tensor.size() / 4, type))
      return errc::bad_encoding;
    const std::span<const std::byte> encoded = left_.first(length);
    left_ = left_.subspan(length);
    return squeezer.decode(encoded, type, tensor);
  }

  /// `errc::bad_encoding` when bytes are left that belong to no tensor.
  constexpr status finish() const noexcept { return left_.empty() ? status{} : status{errc::bad_encoding}; }

 private:
  std::span<const std::byte> left_;
};

}  // namespace cleave
#endif
