// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_FRAME_DECODER_HPP
#define CLEAVE_WIRE_FRAME_DECODER_HPP

/// @file
/// Frames on their way in, from a hostile world: a state machine that is fed bytes as they come. No
/// byte of a payload is taken before its length was compared with the room there is for it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <cleave/core/bytes.hpp>
#include <cleave/core/crc32c.hpp>
#include <cleave/core/result.hpp>
#include <cleave/wire/frame.hpp>

namespace cleave {

enum class decoder_stage : std::uint8_t {
  header,    ///< wants bytes of a header
  decide,    ///< `header()` is there and announces a payload: `accept` or `skip` it
  payload,   ///< wants bytes of the payload or its checksum
  complete,  ///< a whole and sound frame; `restart` for the next
  failed,    ///< `error()` tells why; only behind a `bad_payload` can the stream go on, after `restart`
};

/// Takes one frame after the other from a stream.
///
/// Bytes are pushed with `feed`, or read straight into `room()` and announced with `commit`; both stop
/// at the end of a header and at the end of a frame, so that the caller sees the header, and what the
/// cut and codec in it may need, before it says where the payload goes.
class frame_decoder {
 public:
  /// A header that announces more than `max_payload_bytes` fails with `errc::frame_too_large`.
  constexpr explicit frame_decoder(std::uint32_t max_payload_bytes) noexcept : max_payload_bytes_(max_payload_bytes) {}

  constexpr decoder_stage stage() const noexcept { return stage_; }

  /// Why the stage is `failed`; otherwise `ok`.
  constexpr errc error() const noexcept { return error_; }

  /// Whether the decoder waits for bytes; otherwise it waits for its owner.
  constexpr bool hungry() const noexcept { return stage_ == decoder_stage::header || stage_ == decoder_stage::payload; }

  /// Whether no byte of the current frame has come.
  constexpr bool idle() const noexcept { return stage_ == decoder_stage::header && taken_ == 0; }

  /// Requires: the stage is `decide`, `payload` or `complete`, or the error `bad_payload`.
  constexpr const frame_header& header() const noexcept { return header_; }

  /// The payload in the buffer given to `accept`; empty when it was skipped or there is none.
  /// Requires: the stage is `complete`.
  constexpr std::span<const std::byte> payload() const noexcept {
    return skipping_ ? std::span<const std::byte>{} : buffer_.first(header_.payload_bytes);
  }

  /// Says where the payload goes, or fails with `frame_too_large` when `buffer` is too small. With four bytes
  /// more than the payload the checksum is read along with it, into them: one system call less.
  /// Requires: the stage is `decide`.
  constexpr status accept(std::span<std::byte> buffer) noexcept {
    if (buffer.size() < header_.payload_bytes) return fail(errc::frame_too_large);
    const std::size_t whole = std::size_t{header_.payload_bytes} + frame_trailer_bytes;
    begin_payload(buffer.first(buffer.size() < whole ? header_.payload_bytes : whole), false);
    return {};
  }

  /// Lets the payload pass unseen, so that the stream can go on behind it. What passes is written to
  /// `scratch` again and again when `room()` is used, or to a few bytes in the decoder.
  /// Requires: the stage is `decide`.
  constexpr void skip(std::span<std::byte> scratch = {}) noexcept { begin_payload(scratch, true); }

  /// Takes bytes from the front of `bytes` and gives their number; stops early when no longer hungry.
  constexpr std::size_t feed(std::span<const std::byte> bytes) noexcept {
    std::size_t fed = 0;
    while (fed < bytes.size() && hungry()) {
      const std::span<std::byte> to = room();
      const std::size_t count = std::min(to.size(), bytes.size() - fed);
      std::copy_n(bytes.data() + fed, count, to.data());
      commit(count);
      fed += count;
    }
    return fed;
  }

  /// Where the next bytes of the stream belong: never past the end of this header or frame, never
  /// outside the buffer accepted. Empty when not hungry.
  constexpr std::span<std::byte> room() noexcept {
    if (stage_ == decoder_stage::header) return std::span(staged_).subspan(taken_);
    if (stage_ != decoder_stage::payload) return {};
    const std::size_t payload = header_.payload_bytes;
    if (skipping_ && taken_ < payload) {
      const std::span<std::byte> scratch = buffer_.empty() ? std::span<std::byte>(staged_) : buffer_;
      return scratch.first(std::min(scratch.size(), payload - taken_));
    }
    if (!skipping_ && taken_ < buffer_.size()) return buffer_.subspan(taken_);
    return std::span(staged_).first(frame_trailer_bytes).subspan(taken_ - payload);
  }

  /// Tells that the first `count` bytes of `room()` have been written. Requires: `count <= room().size()`.
  constexpr void commit(std::size_t count) noexcept {
    if (stage_ == decoder_stage::header) return commit_header(count);
    if (stage_ != decoder_stage::payload) return;
    const std::size_t payload = header_.payload_bytes;
    if (taken_ < payload) {
      checksum_ = crc32c(room().first(std::min(count, payload - taken_)), checksum_);
    }
    taken_ += count;
    if (taken_ < payload + frame_trailer_bytes) return;
    const std::byte* trailer = !skipping_ && buffer_.size() > payload ? &buffer_[payload] : staged_.data();
    if (load_little<std::uint32_t>(trailer) != checksum_) return static_cast<void>(fail(errc::bad_payload));
    stage_ = decoder_stage::complete;
  }

  /// Ready for the next frame, or for the first one of a new connection.
  constexpr void restart() noexcept {
    stage_ = decoder_stage::header;
    error_ = errc::ok;
    header_ = {};
    buffer_ = {};
    taken_ = 0;
    skipping_ = false;
  }

 private:
  constexpr status fail(errc why) noexcept {
    stage_ = decoder_stage::failed;
    error_ = why;
    return why;
  }

  constexpr void commit_header(std::size_t count) noexcept {
    // The magic is looked at as it comes: a peer that speaks something else may never send 48 bytes.
    for (std::size_t i = taken_; i < std::min(taken_ + count, frame_magic.size()); ++i) {
      if (staged_[i] != frame_magic[i]) return static_cast<void>(fail(errc::bad_magic));
    }
    taken_ += count;
    if (taken_ < frame_header_bytes) return;
    const result<frame_header> loaded = load_header(staged_);
    if (!loaded) return static_cast<void>(fail(loaded.error()));
    if (loaded->payload_bytes > max_payload_bytes_) return static_cast<void>(fail(errc::frame_too_large));
    header_ = *loaded;
    stage_ = header_.payload_bytes == 0 ? decoder_stage::complete : decoder_stage::decide;
  }

  constexpr void begin_payload(std::span<std::byte> buffer, bool skipping) noexcept {
    stage_ = decoder_stage::payload;
    buffer_ = buffer;
    skipping_ = skipping;
    taken_ = 0;
    checksum_ = 0;
  }

  std::span<std::byte> buffer_;
  std::size_t taken_ = 0;  // bytes of the header, later of payload and checksum
  frame_header header_{};
  std::uint32_t max_payload_bytes_;
  std::uint32_t checksum_ = 0;
  decoder_stage stage_ = decoder_stage::header;
  errc error_ = errc::ok;
  bool skipping_ = false;
  std::array<std::byte, frame_header_bytes> staged_{};  // the header, later the checksum
};

}  // namespace cleave
#endif
