// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_FRAME_HPP
#define CLEAVE_WIRE_FRAME_HPP

/// @file
/// What a frame is: a header of 48 bytes, and when there is a payload, the payload and 4 bytes of its
/// CRC-32C. docs/wire.md holds the table of offsets. Layer "wire": bytes in, bytes out, no I/O.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/core/bytes.hpp>
#include <cleave/core/crc32c.hpp>
#include <cleave/core/result.hpp>
#include <cleave/core/shape.hpp>

namespace cleave {

enum class frame_kind : std::uint8_t {
  hello = 1,        ///< device to server, first of all: who I am
  hello_reply = 2,  ///< server to device: who I am, or `error`: why not
  request = 3,      ///< tensors that cross a cut
  answer = 4,       ///< the outputs that the remote half made of a request's tensors
  error = 5,        ///< instead of an answer; `request` tells which, 0 stands for none
  ping = 6,         ///< asks for a pong with the same `request`
  pong = 7,
  goodbye = 8,  ///< the sender is about to close
};

/// How busy the server is, for the planner on the device. Sent in every answer, error and pong.
struct server_load {
  std::uint32_t queue_length = 0;          ///< requests accepted and waiting
  std::uint32_t service_microseconds = 0;  ///< arithmetic for a request, queueing excluded

  constexpr bool operator==(const server_load&) const = default;
};

/// The fields of a header, in the host's terms.
struct frame_header {
  frame_kind kind = frame_kind::ping;
  std::uint64_t request = 0;        ///< chosen by the device, repeated in the answer
  std::uint32_t payload_bytes = 0;  ///< without the checksum behind it
  std::uint16_t cut = 0;
  std::uint16_t tensors = 0;            ///< in the payload
  codec_id codec = codec_id::identity;  ///< of the payload's tensors
  dtype type = dtype::float32;          ///< of the payload's first tensor
  errc error = errc::ok;                ///< in error and hello_reply frames
  server_load load{};

  constexpr bool operator==(const frame_header&) const = default;
};

inline constexpr std::array<std::byte, 4> frame_magic{std::byte{'c'}, std::byte{'l'}, std::byte{'v'}, std::byte{'e'}};
inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::size_t frame_header_bytes = 48;
inline constexpr std::size_t frame_trailer_bytes = 4;
inline constexpr std::size_t hello_bytes = 32;

/// The bytes of a frame on the wire. A frame without payload is its header alone.
constexpr std::size_t frame_bytes(std::uint32_t payload_bytes) noexcept {
  return frame_header_bytes + (payload_bytes == 0 ? 0 : payload_bytes + frame_trailer_bytes);
}

namespace detail {

/// Where each field lies; see docs/wire.md.
struct header_offset {
  static constexpr std::size_t magic = 0, version = 4, kind = 5, flags = 6, request = 8, payload_bytes = 16, cut = 20,
                               tensors = 22, codec = 24, type = 25, error = 26, reserved = 27, batch = 28,
                               reserved2 = 30, time_limit = 32, queue_length = 36, service = 40, checksum = 44;
};

/// Whether the sizes and fields go with the kind.
constexpr bool belongs(const frame_header& header) noexcept {
  const bool failed = header.error != errc::ok;
  switch (header.kind) {
    case frame_kind::hello: return !failed && header.payload_bytes == hello_bytes;
    case frame_kind::hello_reply: return header.payload_bytes == hello_bytes;
    case frame_kind::request:
    case frame_kind::answer: return !failed;
    case frame_kind::error: return failed && header.payload_bytes == 0;
    case frame_kind::ping:
    case frame_kind::pong:
    case frame_kind::goodbye: return !failed && header.payload_bytes == 0;
  }
  return false;
}

}  // namespace detail

/// Writes a header with its checksum.
constexpr void store_header(const frame_header& header, std::span<std::byte, frame_header_bytes> to) noexcept {
  using at = detail::header_offset;
  for (std::size_t i = 0; i < frame_header_bytes; ++i) to[i] = i < frame_magic.size() ? frame_magic[i] : std::byte{0};
  to[at::version] = std::byte{frame_version};
  to[at::kind] = static_cast<std::byte>(header.kind);
  store_little(&to[at::request], header.request);
  store_little(&to[at::payload_bytes], header.payload_bytes);
  store_little(&to[at::cut], header.cut);
  store_little(&to[at::tensors], header.tensors);
  to[at::codec] = static_cast<std::byte>(header.codec);
  to[at::type] = static_cast<std::byte>(header.type);
  to[at::error] = static_cast<std::byte>(header.error);
  store_little(&to[at::queue_length], header.load.queue_length);
  store_little(&to[at::service], header.load.service_microseconds);
  store_little(&to[at::checksum], crc32c(to.first(at::checksum)));
}

/// Reads a header, or tells what is wrong with it: `bad_magic`, `unsupported_version`, `bad_header` (its
/// checksum, or a reserved field that is not 0), `bad_frame` (fields that do not go with the kind).
constexpr result<frame_header> load_header(std::span<const std::byte, frame_header_bytes> from) noexcept {
  using at = detail::header_offset;
  for (std::size_t i = 0; i < frame_magic.size(); ++i) {
    if (from[i] != frame_magic[i]) return errc::bad_magic;
  }
  if (from[at::version] != std::byte{frame_version}) return errc::unsupported_version;
  if (load_little<std::uint32_t>(&from[at::checksum]) != crc32c(from.first(at::checksum))) return errc::bad_header;
  if (load_little<std::uint16_t>(&from[at::flags]) != 0 || from[at::reserved] != std::byte{0} ||
      load_little<std::uint32_t>(&from[at::batch]) != 0 || load_little<std::uint32_t>(&from[at::time_limit]) != 0) {
    return errc::bad_header;
  }
  if (from[at::type] > static_cast<std::byte>(dtype::int32) ||
      from[at::error] > static_cast<std::byte>(errc::stopping)) {
    return errc::bad_frame;
  }
  const frame_header header{.kind = static_cast<frame_kind>(from[at::kind]),
                            .request = load_little<std::uint64_t>(&from[at::request]),
                            .payload_bytes = load_little<std::uint32_t>(&from[at::payload_bytes]),
                            .cut = load_little<std::uint16_t>(&from[at::cut]),
                            .tensors = load_little<std::uint16_t>(&from[at::tensors]),
                            .codec = static_cast<codec_id>(from[at::codec]),
                            .type = static_cast<dtype>(from[at::type]),
                            .error = static_cast<errc>(from[at::error]),
                            .load = {.queue_length = load_little<std::uint32_t>(&from[at::queue_length]),
                                     .service_microseconds = load_little<std::uint32_t>(&from[at::service])}};
  if (!detail::belongs(header)) return errc::bad_frame;
  return header;
}

}  // namespace cleave
#endif
