// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/wire/hello.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::errc;
using cleave::hello;

constexpr hello device{.graph = 0x1817161514131211,
                       .weights = 0x2827262524232221,
                       .codecs = 0x3837363534333231,
                       .numerics = 0x44434241,
                       .max_payload_bytes = 0x54535251};

}  // namespace

TEST_CASE("a hello lies on the wire as docs/wire.md says, and comes back") {
  std::array<std::byte, cleave::hello_bytes> bytes{};
  cleave::store_hello(device, bytes);
  CHECK(std::vector<std::byte>(bytes.begin(), bytes.end()) ==
        archetypes::from_hex("1112131415161718 2122232425262728 3132333435363738 41424344 51525354"));
  CHECK(cleave::load_hello(bytes) == device);
}

TEST_CASE("two ends agree when all that matters is equal") {
  hello server = device;
  server.codecs = 0x01 | 0x80;  // one in common
  server.max_payload_bytes = 5;
  CHECK(cleave::agree(device, server));
}

TEST_CASE("each reason not to work together has its own code") {
  hello server = device;
  server.codecs = ~device.codecs;
  CHECK(cleave::agree(device, server).error() == errc::unknown_codec);
  server.numerics ^= 1;
  CHECK(cleave::agree(device, server).error() == errc::wrong_numerics);
  server.weights ^= 1;
  CHECK(cleave::agree(device, server).error() == errc::wrong_weights);
  server.graph ^= 1;
  CHECK(cleave::agree(device, server).error() == errc::wrong_graph);
}
