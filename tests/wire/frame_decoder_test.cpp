// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::decoder_stage;
using cleave::errc;
using cleave::frame_decoder;
using cleave::frame_header;
using cleave::frame_kind;
using bytes = std::vector<std::byte>;

bytes frame_of(const frame_header& header, const bytes& payload) {
  bytes buffer(cleave::frame_header_bytes + payload.size() + cleave::frame_trailer_bytes);
  std::copy(payload.begin(), payload.end(), buffer.begin() + cleave::frame_header_bytes);
  const auto frame = cleave::seal_frame(header, buffer, static_cast<std::uint32_t>(payload.size()));
  return bytes(frame.begin(), frame.end());
}

constexpr frame_header request{.kind = frame_kind::request, .request = 8, .cut = 2, .tensors = 1};

bytes operator+(bytes left, const bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace

TEST_CASE("a frame arrives whole, however few bytes come at a time") {
  const bytes payload = archetypes::some_bytes(150);
  const bytes stream = frame_of(request, payload);
  for (const std::size_t most : {1u, 2u, 3u, 7u, 49u, 500u}) {
    for (const std::size_t spare : {0u, 2u, 4u, 9u}) {  // with four or more the checksum comes along
      CAPTURE(most);
      CAPTURE(spare);
      frame_decoder decoder(1000);
      bytes buffer(payload.size() + spare);
      std::size_t fed = 0;
      while (fed < stream.size()) {
        if (decoder.stage() == decoder_stage::decide) {
          CHECK(fed == 48);
          CHECK(decoder.header().payload_bytes == 150);
          REQUIRE(decoder.accept(buffer));
        }
        REQUIRE(decoder.hungry());
        fed += decoder.feed(std::span(stream).subspan(fed, std::min(most, stream.size() - fed)));
      }
      CHECK(decoder.stage() == decoder_stage::complete);
      CHECK(decoder.header().request == 8);
      CHECK(bytes(decoder.payload().begin(), decoder.payload().end()) == payload);
      CHECK(decoder.payload().data() == buffer.data());
    }
  }
}

TEST_CASE("bytes can be read straight to where they belong") {
  const bytes payload = archetypes::some_bytes(40);
  const bytes stream = frame_of(request, payload);
  frame_decoder decoder(1000);
  bytes buffer(44);
  std::size_t at = 0;
  while (decoder.stage() != decoder_stage::complete) {
    if (decoder.stage() == decoder_stage::decide) {
      REQUIRE(decoder.accept(buffer));
      CHECK(decoder.room().data() == buffer.data());
      CHECK(decoder.room().size() == 44);  // payload and checksum in one read
    }
    const std::size_t count = std::min<std::size_t>(decoder.room().size(), 9);
    std::copy_n(stream.begin() + static_cast<long>(at), count, decoder.room().begin());
    decoder.commit(count);
    at += count;
  }
  CHECK(at == stream.size());
  CHECK(decoder.room().empty());
  CHECK(bytes(decoder.payload().begin(), decoder.payload().end()) == payload);
}

TEST_CASE("the bytes behind a frame are left for the next one") {
  const bytes first = frame_of(request, archetypes::some_bytes(10));
  const bytes stream = first + frame_of({.kind = frame_kind::pong, .request = 4}, {}) + first;
  frame_decoder decoder(1000);
  std::array<std::byte, 20> buffer{};
  std::size_t fed = decoder.feed(stream);
  CHECK(fed == 48);
  REQUIRE(decoder.accept(buffer));
  fed += decoder.feed(std::span(stream).subspan(fed));
  CHECK(fed == first.size());
  CHECK(decoder.stage() == decoder_stage::complete);
  CHECK(decoder.feed(std::span(stream).subspan(fed)) == 0);

  decoder.restart();
  CHECK(decoder.idle());
  fed += decoder.feed(std::span(stream).subspan(fed));
  CHECK(fed == first.size() + 48);
  CHECK(decoder.stage() == decoder_stage::complete);
  CHECK(decoder.header().kind == frame_kind::pong);
  CHECK(decoder.payload().empty());

  decoder.restart();
  fed += decoder.feed(std::span(stream).subspan(fed, 1));
  CHECK_FALSE(decoder.idle());
  fed += decoder.feed(std::span(stream).subspan(fed));
  REQUIRE(decoder.accept(buffer));
  fed += decoder.feed(std::span(stream).subspan(fed));
  CHECK(fed == stream.size());
  CHECK(decoder.stage() == decoder_stage::complete);
}

TEST_CASE("a skipped payload passes, is checked, and leaves the stream in step") {
  const bytes stream = frame_of(request, archetypes::some_bytes(200)) + frame_of({.kind = frame_kind::ping}, {});
  std::array<std::byte, 30> scratch{};
  for (const std::span<std::byte> into : {std::span<std::byte>{}, std::span<std::byte>(scratch)}) {
    frame_decoder decoder(1000);
    std::size_t fed = decoder.feed(stream);
    decoder.skip(into);
    fed += decoder.feed(std::span(stream).subspan(fed));
    CHECK(decoder.stage() == decoder_stage::complete);
    CHECK(decoder.payload().empty());
    decoder.restart();
    fed += decoder.feed(std::span(stream).subspan(fed));
    CHECK(fed == stream.size());
    CHECK(decoder.header().kind == frame_kind::ping);

    bytes damaged = stream;
    damaged[100] ^= std::byte{1};
    frame_decoder strict(1000);
    fed = strict.feed(damaged);
    strict.skip(into);
    fed += strict.feed(std::span(damaged).subspan(fed));
    CHECK(strict.error() == errc::bad_payload);
  }
}

TEST_CASE("a failed decoder takes no more bytes until it is restarted") {
  frame_decoder decoder(1000);
  const bytes wrong = archetypes::from_hex("636c7664");
  const bytes right = frame_of({.kind = frame_kind::ping}, {});
  CHECK(decoder.feed(wrong) == 4);
  CHECK(decoder.stage() == decoder_stage::failed);
  CHECK(decoder.feed(right) == 0);
  CHECK(decoder.room().empty());
  CHECK(decoder.error() == errc::bad_magic);
  decoder.restart();
  CHECK(decoder.error() == errc::ok);
  CHECK(decoder.feed(right) == 48);
  CHECK(decoder.stage() == decoder_stage::complete);
}
