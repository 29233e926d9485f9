// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/wire/frame.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::codec_id;
using cleave::dtype;
using cleave::errc;
using cleave::frame_header;
using cleave::frame_kind;
using header_bytes = std::array<std::byte, cleave::frame_header_bytes>;

constexpr header_bytes stored(const frame_header& header) {
  header_bytes bytes{};
  cleave::store_header(header, bytes);
  return bytes;
}

/// With a new checksum, as an attacker or another version would send it.
header_bytes resealed(header_bytes bytes) {
  cleave::store_little(&bytes[44], cleave::crc32c(std::span(bytes).first(44)));
  return bytes;
}

errc outcome(const header_bytes& bytes) { return cleave::load_header(bytes).error(); }

constexpr frame_header full{.kind = frame_kind::request,
                            .request = 0x1817161514131211,
                            .payload_bytes = 0x24232221,
                            .cut = 0x3231,
                            .tensors = 0x4241,
                            .codec = codec_id{0x21},
                            .type = dtype::int32,
                            .load = {.queue_length = 0x54535251, .service_microseconds = 0x64636261}};

static_assert(*cleave::load_header(stored(full)) == full, "headers can be made and read while compiling");

// The numbers of docs/wire.md. A change breaks every device in the field.
static_assert(int(frame_kind::hello) == 1 && int(frame_kind::hello_reply) == 2 && int(frame_kind::request) == 3);
static_assert(int(frame_kind::answer) == 4 && int(frame_kind::error) == 5 && int(frame_kind::ping) == 6);
static_assert(int(frame_kind::pong) == 7 && int(frame_kind::goodbye) == 8);
static_assert(int(codec_id::identity) == 0 && int(codec_id::f16) == 1);
static_assert(int(dtype::float32) == 0 && int(dtype::int32) == 1);
static_assert(int(errc::ok) == 0 && int(errc::unsupported_version) == 2 && int(errc::wrong_graph) == 6);
static_assert(int(errc::bad_magic) == 11 && int(errc::bad_header) == 12 && int(errc::bad_payload) == 13);
static_assert(int(errc::bad_frame) == 14 && int(errc::frame_too_large) == 15 && int(errc::wrong_weights) == 16);
static_assert(int(errc::wrong_numerics) == 17 && int(errc::unknown_codec) == 18 && int(errc::bad_cut) == 19);
static_assert(int(errc::bad_encoding) == 20 && int(errc::closed) == 21 && int(errc::timed_out) == 22);
static_assert(int(errc::refused) == 23 && int(errc::unreachable) == 24 && int(errc::io_error) == 25);
static_assert(int(errc::overloaded) == 26 && int(errc::stopping) == 27);
static_assert(cleave::frame_bytes(0) == 48 && cleave::frame_bytes(1) == 53);

}  // namespace

TEST_CASE("a header lies on the wire as docs/wire.md says") {
  const std::vector<std::byte> expected = archetypes::from_hex(
      "636c7665 01 03 0000 1112131415161718 21222324 3132 4142 21 01 00 00 0000 0000 00000000 51525354 61626364");
  const header_bytes bytes = stored(full);
  CHECK(std::vector<std::byte>(bytes.begin(), bytes.begin() + 44) == expected);
  CHECK(cleave::load_little<std::uint32_t>(&bytes[44]) == cleave::crc32c(expected));
}

TEST_CASE("a header comes back as it was stored, for every kind") {
  for (const frame_header& header :
       {frame_header{.kind = frame_kind::hello, .payload_bytes = 32},
        frame_header{.kind = frame_kind::hello_reply, .payload_bytes = 32},
        frame_header{.kind = frame_kind::hello_reply, .payload_bytes = 32, .error = errc::wrong_weights},
        frame_header{.kind = frame_kind::request, .request = 1, .payload_bytes = 0xffffffff, .cut = 65535},
        frame_header{.kind = frame_kind::answer, .request = ~0ull, .tensors = 65535, .codec = codec_id::f16},
        frame_header{.kind = frame_kind::error, .request = 5, .error = errc::stopping, .load = {1, 2}},
        frame_header{.kind = frame_kind::ping, .request = 6}, frame_header{.kind = frame_kind::pong, .load = {3, 4}},
        frame_header{.kind = frame_kind::goodbye}}) {
    const auto loaded = cleave::load_header(stored(header));
    REQUIRE(loaded.error() == errc::ok);
    CHECK(*loaded == header);
  }
}

TEST_CASE("every single flipped bit of a header is found") {
  const header_bytes sound = stored(full);
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    CAPTURE(bit);
    header_bytes bytes = sound;
    bytes[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    const errc expected = bit < 32 ? errc::bad_magic : bit < 40 ? errc::unsupported_version : errc::bad_header;
    CHECK(outcome(bytes) == expected);
  }
}

TEST_CASE("a reserved field that is not zero is refused, with a right checksum too") {
  for (const std::size_t at : {6u, 7u, 27u, 28u, 29u, 30u, 31u, 32u, 33u, 34u, 35u}) {
    CAPTURE(at);
    header_bytes bytes = stored(full);
    bytes[at] = std::byte{1};
    CHECK(outcome(resealed(bytes)) == errc::bad_header);
  }
}

TEST_CASE("numbers that no enumeration has are refused") {
  for (unsigned value = 0; value < 256; ++value) {
    CAPTURE(value);
    header_bytes kind = stored({.kind = frame_kind::request});
    kind[5] = static_cast<std::byte>(value);
    const bool known = value >= 3 && value <= 8 && value != 5;  // hellos have a payload, errors an error
    CHECK(outcome(resealed(kind)) == (known ? errc::ok : errc::bad_frame));
    header_bytes type = stored({.kind = frame_kind::request});
    type[25] = static_cast<std::byte>(value);
    CHECK(outcome(resealed(type)) == (value <= 1 ? errc::ok : errc::bad_frame));
    header_bytes error = stored({.kind = frame_kind::error});
    error[26] = static_cast<std::byte>(value);
    CHECK(outcome(resealed(error)) == (value >= 1 && value <= 27 ? errc::ok : errc::bad_frame));
  }
}

TEST_CASE("a codec that nobody knows here is left to the owner of the codecs") {
  CHECK(outcome(stored({.kind = frame_kind::request, .codec = codec_id{255}})) == errc::ok);
}

TEST_CASE("sizes and errors that do not go with the kind are refused") {
  CHECK(outcome(stored({.kind = frame_kind::hello, .payload_bytes = 31})) == errc::bad_frame);
  CHECK(outcome(stored({.kind = frame_kind::hello, .payload_bytes = 32, .error = errc::bad_cut})) == errc::bad_frame);
  CHECK(outcome(stored({.kind = frame_kind::hello_reply, .payload_bytes = 0})) == errc::bad_frame);
  CHECK(outcome(stored({.kind = frame_kind::request, .error = errc::bad_cut})) == errc::bad_frame);
  CHECK(outcome(stored({.kind = frame_kind::answer, .error = errc::bad_cut})) == errc::bad_frame);
  CHECK(outcome(stored({.kind = frame_kind::error})) == errc::bad_frame);
  CHECK(outcome(stored({.kind = frame_kind::error, .payload_bytes = 1, .error = errc::bad_cut})) == errc::bad_frame);
  for (const frame_kind kind : {frame_kind::ping, frame_kind::pong, frame_kind::goodbye}) {
    CHECK(outcome(stored({.kind = kind, .payload_bytes = 1})) == errc::bad_frame);
    CHECK(outcome(stored({.kind = kind, .error = errc::bad_cut})) == errc::bad_frame);
  }
}
