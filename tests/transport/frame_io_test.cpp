// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/transport/frame_io.hpp>
#include <cleave/transport/loopback.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/chunked_transport.hpp"
#include "archetypes/failing_transport.hpp"
#include "archetypes/minimal_transport.hpp"
#include "archetypes/some_bytes.hpp"

namespace {

using cleave::deadline;
using cleave::decoder_stage;
using cleave::errc;
using cleave::frame_decoder;
using cleave::frame_encoder;
using cleave::frame_header;
using cleave::frame_kind;
using bytes = std::vector<std::byte>;

constexpr frame_header request{.kind = frame_kind::request, .request = 3, .cut = 1, .tensors = 1};

}  // namespace

TEST_CASE("a frame passes any transport, however few bytes it moves a call") {
  const bytes payload = archetypes::some_bytes(100);
  const std::array pieces{std::span<const std::byte>(payload)};
  for (const std::size_t most : {1u, 2u, 3u, 7u, 1000u}) {
    bytes wire(cleave::frame_bytes(100));
    archetypes::minimal_transport out({}, wire);
    archetypes::chunked_transport slow_out(out, most);
    frame_encoder encoder(request, pieces);
    REQUIRE(cleave::send(slow_out, encoder, deadline::never()));

    archetypes::minimal_transport in(wire, {});
    archetypes::chunked_transport slow_in(in, most);
    frame_decoder decoder(100);
    REQUIRE(cleave::receive(slow_in, decoder, deadline::never()));
    CHECK(decoder.stage() == decoder_stage::decide);
    bytes buffer(104);
    REQUIRE(decoder.accept(buffer));
    REQUIRE(cleave::receive(slow_in, decoder, deadline::never()));
    CHECK(decoder.stage() == decoder_stage::complete);
    CHECK(bytes(decoder.payload().begin(), decoder.payload().end()) == payload);
  }
}

TEST_CASE("sending and receiving go on after a time-out where they were") {
  const bytes payload = archetypes::some_bytes(100);
  const std::array pieces{std::span<const std::byte>(payload)};
  cleave::loopback<16> pipe;  // less than a header
  frame_encoder encoder(request, pieces);
  frame_decoder decoder(100);
  bytes buffer(100);
  int rounds = 0;
  for (; decoder.stage() != decoder_stage::complete && rounds < 100; ++rounds) {
    const errc sent = cleave::send(pipe.first(), encoder, cleave::after(pipe.first(), 10)).error();
    CHECK((sent == errc::timed_out || encoder.done()));
    const errc received = cleave::receive(pipe.second(), decoder, cleave::after(pipe.second(), 10)).error();
    CHECK((received == errc::timed_out || !decoder.hungry()));
    if (decoder.stage() == decoder_stage::decide) REQUIRE(decoder.accept(buffer));
  }
  CHECK(rounds == 10);  // 152 bytes, 16 a round
  CHECK(buffer == payload);
}

TEST_CASE("the link's errors and the decoder's come out") {
  const bytes zeros(200);
  bytes wire(200);
  archetypes::minimal_transport link(zeros, wire);
  archetypes::failing_transport broken(link, 20, errc::io_error);
  frame_encoder encoder(request);
  CHECK(cleave::send(broken, encoder, deadline::never()).error() == errc::io_error);
  frame_decoder decoder(100);
  CHECK(cleave::receive(broken, decoder, deadline::never()).error() == errc::io_error);
  CHECK(cleave::receive(link, decoder, deadline::never()).error() == errc::bad_magic);
}
