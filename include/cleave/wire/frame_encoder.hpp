// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_FRAME_ENCODER_HPP
#define CLEAVE_WIRE_FRAME_ENCODER_HPP

/// @file
/// Frames on their way out: `frame_encoder` streams a header, pieces of payload where they lie, and
/// the checksum, in one pass; `seal_frame` completes a frame whose payload already is in a buffer.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <cleave/core/bytes.hpp>
#include <cleave/core/crc32c.hpp>
#include <cleave/wire/frame.hpp>

namespace cleave {

/// Streams one frame. The payload is not copied: `pending()` points into the pieces.
///
///     frame_encoder encoder{header, pieces};
///     while (!encoder.done()) encoder.consume(uart.send(encoder.pending()));
class frame_encoder {
 public:
  /// Requires: the pieces, and the array of them, outlive the encoder and stay as they are until they
  /// are consumed; together they have less than 4 GiB. `header.payload_bytes` is set from them.
  constexpr explicit frame_encoder(frame_header header,
                                   std::span<const std::span<const std::byte>> pieces = {}) noexcept
      : pieces_(pieces) {
    std::uint32_t total = 0;
    for (const std::span<const std::byte> piece : pieces) total += static_cast<std::uint32_t>(piece.size());
    header.payload_bytes = total;
    left_ = total;
    store_header(header, staged_);
    pending_ = staged_;
  }

  // pending_ points into the object.
  frame_encoder(const frame_encoder&) = delete;
  frame_encoder& operator=(const frame_encoder&) = delete;

  constexpr bool done() const noexcept { return pending_.empty(); }

  /// The next bytes to send; more follow when these are consumed. Empty when the frame is complete.
  constexpr std::span<const std::byte> pending() const noexcept { return pending_; }

  /// Tells that the first `count` bytes of `pending()` have gone. Requires: `count <= pending().size()`.
  constexpr void consume(std::size_t count) noexcept {
    if (in_payload_) {
      checksum_ = crc32c(pending_.first(count), checksum_);
      left_ -= static_cast<std::uint32_t>(count);
    }
    pending_ = pending_.subspan(count);
    while (pending_.empty() && !finished_) advance();
  }

  /// Moves the next bytes into `out`, as many as fit: for links that want few, full packets.
  std::size_t copy(std::span<std::byte> out) noexcept {
    std::size_t copied = 0;
    while (!done() && copied < out.size()) {
      const std::size_t count = std::min(pending_.size(), out.size() - copied);
      std::memcpy(out.data() + copied, pending_.data(), count);
      consume(count);
      copied += count;
    }
    return copied;
  }

 private:
  constexpr void advance() noexcept {
    if (left_ != 0) {
      in_payload_ = true;
      pending_ = pieces_.front();
      pieces_ = pieces_.subspan(1);
      return;
    }
    finished_ = true;
    if (in_payload_) {
      in_payload_ = false;
      store_little(staged_.data(), checksum_);
      pending_ = std::span(staged_).first(frame_trailer_bytes);
    }
  }

  std::span<const std::span<const std::byte>> pieces_;
  std::span<const std::byte> pending_;
  std::uint32_t left_ = 0;
  std::uint32_t checksum_ = 0;
  bool in_payload_ = false;
  bool finished_ = false;
  std::array<std::byte, frame_header_bytes> staged_{};  // the header, later the checksum
};

/// Completes the frame whose payload of `payload_bytes` begins at `buffer[frame_header_bytes]`: writes the
/// header before and the checksum behind it, and gives the whole frame, ready for one write.
/// Requires: `buffer.size() >= frame_bytes(payload_bytes)`.
constexpr std::span<const std::byte> seal_frame(frame_header header, std::span<std::byte> buffer,
                                                std::uint32_t payload_bytes) noexcept {
  header.payload_bytes = payload_bytes;
  store_header(header, buffer.first<frame_header_bytes>());
  if (payload_bytes != 0) {
    store_little(&buffer[frame_header_bytes + payload_bytes],
                 crc32c(buffer.subspan(frame_header_bytes, payload_bytes)));
  }
  return buffer.first(frame_bytes(payload_bytes));
}

}  // namespace cleave
#endif
