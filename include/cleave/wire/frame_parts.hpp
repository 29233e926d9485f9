// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_FRAME_PARTS_HPP
#define CLEAVE_WIRE_FRAME_PARTS_HPP

/// @file
/// A frame of tensors that are sent from where they lie: for links that take several pieces of memory at once, and
/// codecs whose encoding is the tensor itself.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/bytes.hpp>
#include <cleave/core/crc32c.hpp>
#include <cleave/wire/frame.hpp>
#include <cleave/wire/tensor_payload.hpp>

namespace cleave {

/// The bytes of `seal_frame` around a `payload_writer`'s payload of verbatim tensors, without a buffer for them.
/// Guarantees: 1 part, and 2 more for each tensor after which there is another or the checksum.
template <std::size_t MostTensors>
class frame_parts {
 public:
  frame_parts() = default;
  // The parts point into the object.
  frame_parts(const frame_parts&) = delete;
  frame_parts& operator=(const frame_parts&) = delete;

  /// Begins a frame without tensors.
  void clear() noexcept { tensors_ = 0; }

  /// Appends a tensor. Requires: fewer than `MostTensors` so far; the bytes stay as they are while the frame is sent.
  void add(std::span<const std::byte> tensor) noexcept {
    parts_[2 * tensors_ + 1] = tensor;
    store_little(prefix(tensors_).data(), static_cast<std::uint32_t>(tensor.size()));
    ++tensors_;
  }

  /// The whole frame, in parts; `header.payload_bytes` is set from them. Valid until the next `clear` or `add`.
  std::span<const std::span<const std::byte>> seal(frame_header header) noexcept {
    header.payload_bytes = 0;
    std::uint32_t checksum = 0;
    for (std::size_t i = 0; i < tensors_; ++i) {
      const std::span<const std::byte> tensor = parts_[2 * i + 1];
      header.payload_bytes += static_cast<std::uint32_t>(tensor_prefix_bytes + tensor.size());
      checksum = crc32c(tensor, crc32c(prefix(i), checksum));
      parts_[2 * i] = prefix(i);
    }
    const std::span<std::byte> words = words_;
    store_header(header, words.first<frame_header_bytes>());
    if (tensors_ == 0) {
      parts_[0] = words.first(frame_header_bytes);
      return std::span(parts_).first(1);
    }
    parts_[0] = words.first(frame_header_bytes + tensor_prefix_bytes);
    parts_[2 * tensors_] = prefix(tensors_);
    store_little(prefix(tensors_).data(), checksum);
    return std::span(parts_).first(2 * tensors_ + 1);
  }

 private:
  static_assert(tensor_prefix_bytes == frame_trailer_bytes);

  /// Before that tensor; behind the last one, the checksum.
  std::span<std::byte> prefix(std::size_t tensor) noexcept {
    return std::span(words_).subspan(frame_header_bytes + tensor * tensor_prefix_bytes, tensor_prefix_bytes);
  }

  std::size_t tensors_ = 0;
  std::array<std::span<const std::byte>, 2 * MostTensors + 1> parts_;
  std::array<std::byte, frame_header_bytes + (MostTensors + 1) * tensor_prefix_bytes> words_;
};

}  // namespace cleave
#endif
