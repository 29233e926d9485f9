// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/wire/frame_encoder.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::frame_encoder;
using cleave::frame_header;
using cleave::frame_kind;
using bytes = std::vector<std::byte>;
using piece = std::span<const std::byte>;

static_assert(!std::is_copy_constructible_v<frame_encoder> && !std::is_move_constructible_v<frame_encoder>);

constexpr frame_header request{.kind = frame_kind::request, .request = 7, .cut = 3, .tensors = 2};

/// A frame by the definition: header, payload, checksum.
bytes defined(frame_header header, const bytes& payload) {
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  std::array<std::byte, cleave::frame_header_bytes> head{};
  cleave::store_header(header, head);
  std::array<std::byte, 4> checksum{};
  cleave::store_little(checksum.data(), cleave::crc32c(payload));
  // One allocation: where a vector grows, g++ 12 warns of an overrun that is none.
  bytes frame(head.size() + payload.size() + (payload.empty() ? 0 : checksum.size()));
  const auto behind_header = std::copy(head.begin(), head.end(), frame.begin());
  const auto behind_payload = std::copy(payload.begin(), payload.end(), behind_header);
  if (!payload.empty()) std::copy(checksum.begin(), checksum.end(), behind_payload);
  return frame;
}

bytes drain(frame_encoder& encoder, std::size_t most) {
  bytes frame;
  while (!encoder.done()) {
    const piece next = encoder.pending().first(std::min(most, encoder.pending().size()));
    frame.insert(frame.end(), next.begin(), next.end());
    encoder.consume(next.size());
  }
  return frame;
}

}  // namespace

TEST_CASE("a frame comes out the same however many bytes are taken at a time") {
  const bytes payload = archetypes::some_bytes(200);
  const std::array pieces{piece(payload).first(4), piece(payload).subspan(4, 0), piece(payload).subspan(4, 150),
                          piece(payload).subspan(154), piece{}};
  const bytes expected = defined(request, payload);
  for (const std::size_t most : {1u, 2u, 3u, 7u, 48u, 64u, 1000u}) {
    CAPTURE(most);
    frame_encoder encoder(request, pieces);
    CHECK(drain(encoder, most) == expected);
    CHECK(encoder.done());
    CHECK(encoder.pending().empty());
  }
}

TEST_CASE("a frame without payload is its header alone, with pieces that are empty too") {
  const std::array<piece, 2> empty{};
  frame_encoder without({.kind = frame_kind::ping, .request = 9});
  CHECK(drain(without, 5) == defined({.kind = frame_kind::ping, .request = 9}, {}));
  frame_encoder with({.kind = frame_kind::ping, .request = 9}, empty);
  CHECK(drain(with, 48) == defined({.kind = frame_kind::ping, .request = 9}, {}));
}

TEST_CASE("the payload is sent from where it lies") {
  const bytes payload = archetypes::some_bytes(30);
  const std::array pieces{piece(payload).first(10), piece(payload).subspan(10)};
  frame_encoder encoder(request, pieces);
  encoder.consume(encoder.pending().size());
  CHECK(encoder.pending().data() == payload.data());
  CHECK(encoder.pending().size() == 10);
  encoder.consume(10);
  CHECK(encoder.pending().data() == payload.data() + 10);
}

TEST_CASE("copy fills packets to the brim, across pieces") {
  const bytes payload = archetypes::some_bytes(100);
  const std::array pieces{piece(payload).first(1), piece(payload).subspan(1)};
  const bytes expected = defined(request, payload);
  for (const std::size_t size : {1u, 5u, 64u, 152u, 200u}) {
    frame_encoder encoder(request, pieces);
    bytes frame;
    while (!encoder.done()) {
      bytes packet(size);
      const std::size_t count = encoder.copy(packet);
      CHECK((count == size || encoder.done()));
      frame.insert(frame.end(), packet.begin(), packet.begin() + static_cast<long>(count));
    }
    CHECK(frame == expected);
    bytes packet(size);
    CHECK(encoder.copy(packet) == 0);
  }
}

TEST_CASE("a sealed buffer holds the same frame, and no byte behind it changes") {
  for (const std::size_t size : {0u, 1u, 63u}) {
    const bytes payload = archetypes::some_bytes(size, 3);
    bytes buffer(cleave::frame_bytes(static_cast<std::uint32_t>(size)) + 5, std::byte{0xa5});
    std::copy(payload.begin(), payload.end(), buffer.begin() + cleave::frame_header_bytes);
    const piece frame = cleave::seal_frame(request, buffer, static_cast<std::uint32_t>(size));
    CHECK(bytes(frame.begin(), frame.end()) == defined(request, payload));
    CHECK(frame.data() == buffer.data());
    CHECK(std::all_of(buffer.end() - 5, buffer.end(), [](std::byte each) { return each == std::byte{0xa5}; }));
  }
}
