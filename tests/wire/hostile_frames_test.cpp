// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::decoder_stage;
using cleave::errc;
using cleave::frame_decoder;
using cleave::frame_kind;
using bytes = std::vector<std::byte>;

constexpr std::size_t limit = 100;
constexpr std::byte guard{0xa5};

bytes frame_of(std::size_t payload_bytes) {
  bytes buffer = archetypes::some_bytes(cleave::frame_header_bytes + payload_bytes + cleave::frame_trailer_bytes);
  const auto frame = cleave::seal_frame({.kind = frame_kind::request, .request = 8, .cut = 2, .tensors = 1}, buffer,
                                        static_cast<std::uint32_t>(payload_bytes));
  return bytes(frame.begin(), frame.end());
}

struct outcome {
  decoder_stage stage = decoder_stage::header;
  errc error = errc::ok;
  bool guards_whole = false;
};

/// Gives a stream, some bytes at a time, to a decoder with a buffer of `room` bytes between two guards.
outcome receive(std::span<const std::byte> stream, std::size_t room, std::size_t step) {
  bytes memory(room + 32, guard);
  frame_decoder decoder(limit);
  while (!stream.empty()) {
    if (decoder.stage() == decoder_stage::decide) {
      static_cast<void>(decoder.accept(std::span(memory).subspan(16, room)));
    }
    const std::size_t fed = decoder.feed(stream.first(std::min(step, stream.size())));
    if (fed == 0) break;
    stream = stream.subspan(fed);
  }
  const auto whole = [](std::byte each) { return each == guard; };
  return {
      decoder.stage(), decoder.error(),
      std::all_of(memory.begin(), memory.begin() + 16, whole) && std::all_of(memory.end() - 16, memory.end(), whole)};
}

}  // namespace

TEST_CASE("a frame that is cut off at any byte is neither complete nor a failure") {
  const bytes stream = frame_of(60);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    CAPTURE(size);
    const outcome seen = receive(std::span(stream).first(size), 64, 5);
    CHECK(seen.stage != decoder_stage::complete);
    CHECK(seen.error == errc::ok);
    CHECK(seen.guards_whole);
  }
  CHECK(receive(stream, 64, 5).stage == decoder_stage::complete);
}

TEST_CASE("every single flipped bit of a frame is found") {
  const bytes sound = frame_of(60);
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    CAPTURE(bit);
    bytes stream = sound;
    stream[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    const outcome seen = receive(stream, 64, 1000);
    CHECK(seen.stage == decoder_stage::failed);
    CHECK(seen.error == (bit < 32         ? errc::bad_magic
                         : bit < 40       ? errc::unsupported_version
                         : bit < 48u * 8u ? errc::bad_header
                                          : errc::bad_payload));
    CHECK(seen.guards_whole);
  }
}

TEST_CASE("a length over the limit fails at the header, before a byte of payload is taken") {
  for (const std::uint32_t announced : {101u, 1000u, 0x7fffffffu, 0x80000000u, 0xfffffffcu, 0xffffffffu}) {
    CAPTURE(announced);
    bytes stream = frame_of(60);
    cleave::store_header({.kind = frame_kind::request, .payload_bytes = announced},
                         std::span(stream).first<cleave::frame_header_bytes>());
    frame_decoder decoder(limit);
    CHECK(decoder.feed(stream) == 48);
    CHECK(decoder.error() == errc::frame_too_large);
    CHECK(receive(stream, 64, 7).guards_whole);
  }
}

TEST_CASE("a length within the limit but over the buffer fails when the buffer is given") {
  const bytes stream = frame_of(60);
  for (std::size_t room = 0; room < 60; ++room) {
    const outcome seen = receive(stream, room, 11);
    CHECK(seen.error == errc::frame_too_large);
    CHECK(seen.guards_whole);
  }
}

TEST_CASE("a buffer that holds the payload alone is enough and is not overrun by the checksum") {
  const bytes stream = frame_of(60);
  for (const std::size_t room : {60u, 61u, 62u, 63u, 64u, 65u}) {
    for (const std::size_t step : {1u, 3u, 1000u}) {
      const outcome seen = receive(stream, room, step);
      CHECK(seen.stage == decoder_stage::complete);
      CHECK(seen.guards_whole);
    }
  }
}

TEST_CASE("another version is told apart from damage") {
  bytes stream = frame_of(60);
  stream[4] = std::byte{2};
  cleave::store_little(&stream[44], cleave::crc32c(std::span(stream).first(44)));
  CHECK(receive(stream, 64, 1000).error == errc::unsupported_version);
}

TEST_CASE("a peer that speaks something else is found at its first wrong byte") {
  const std::string_view text = "GET / HTTP/1.1\r\n";
  frame_decoder decoder(limit);
  CHECK(decoder.feed(std::as_bytes(std::span(text)).first(1)) == 1);
  CHECK(decoder.error() == errc::bad_magic);

  frame_decoder later(limit);
  CHECK(later.feed(archetypes::from_hex("636c76")) == 3);
  CHECK(later.error() == errc::ok);
  CHECK(later.feed(archetypes::from_hex("66")) == 1);
  CHECK(later.error() == errc::bad_magic);
}

TEST_CASE("random bytes behind a right magic never complete a frame") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    bytes stream = archetypes::some_bytes(300, seed);
    std::copy(cleave::frame_magic.begin(), cleave::frame_magic.end(), stream.begin());
    if (seed % 2 == 0) stream[4] = std::byte{cleave::frame_version};
    const outcome seen = receive(stream, 64, 13);
    CHECK(seen.stage == decoder_stage::failed);
    CHECK(seen.guards_whole);
  }
}
