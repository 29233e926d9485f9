// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/wire/tensor_payload.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "archetypes/minimal_codec.hpp"
#include "archetypes/some_bytes.hpp"

namespace {

using cleave::dtype;
using cleave::errc;
using cleave::payload_reader;
using cleave::payload_writer;
using bytes = std::vector<std::byte>;

static_assert(cleave::max_tensor_bytes<cleave::codecs::f16>(10, dtype::float32) == 24);

}  // namespace

TEST_CASE("each tensor lies behind the length of its encoding") {
  cleave::codecs::identity codec;
  std::array<std::byte, 100> room{};
  payload_writer writer(room);
  CHECK(writer.add(codec, archetypes::from_hex("01020304"), dtype::float32));
  CHECK(writer.add(codec, bytes{}, dtype::float32));
  CHECK(writer.add(codec, archetypes::from_hex("0506070808060504"), dtype::int32));
  CHECK(bytes(room.begin(), room.begin() + static_cast<long>(writer.size())) ==
        archetypes::from_hex("04000000 01020304 00000000 08000000 0506070808060504"));
}

TEST_CASE("tensors come back in order, also through a codec that can do no more than it must") {
  archetypes::minimal_codec codec(9);
  const bytes first = archetypes::some_bytes(20, 1);
  const bytes second = archetypes::some_bytes(12, 2);
  bytes room(40);
  payload_writer writer(room);
  CHECK(writer.add(codec, first, dtype::float32));
  CHECK(writer.add(codec, second, dtype::float32));
  CHECK(writer.size() == 40);

  payload_reader reader(room);
  bytes one(20);
  bytes two(12);
  CHECK(reader.take(codec, dtype::float32, one));
  CHECK(reader.finish().error() == errc::bad_encoding);  // one is left
  CHECK(reader.take(codec, dtype::float32, two));
  CHECK(reader.finish());
  CHECK(one == first);
  CHECK(two == second);
}

TEST_CASE("a tensor that might not fit is not begun") {
  cleave::codecs::f16 codec;
  const bytes tensor(40);
  for (std::size_t size = 0; size <= 24; ++size) {
    bytes memory(size + 8, std::byte{0xa5});
    payload_writer writer(std::span<std::byte>(memory).first(size));
    const cleave::status added = writer.add(codec, tensor, dtype::float32);
    CHECK(added.error() == (size == 24 ? errc::ok : errc::frame_too_large));
    CHECK(writer.size() == (size == 24 ? 24u : 0u));
    CHECK(std::all_of(memory.end() - 8, memory.end(), [](std::byte each) { return each == std::byte{0xa5}; }));
  }
}

TEST_CASE("a payload that is cut off at any byte has no such tensor") {
  cleave::codecs::identity codec;
  bytes room(24);
  payload_writer writer(room);
  CHECK(writer.add(codec, archetypes::some_bytes(20), dtype::float32));
  for (std::size_t size = 0; size < 24; ++size) {
    const bytes payload(room.begin(), room.begin() + static_cast<long>(size));  // on the heap: an overrun is seen
    payload_reader reader(payload);
    bytes tensor(20, std::byte{0xa5});
    CHECK(reader.take(codec, dtype::float32, tensor).error() == errc::bad_encoding);
    CHECK(tensor == bytes(20, std::byte{0xa5}));
  }
}

TEST_CASE("a length that no encoding of the tensor has is refused") {
  cleave::codecs::identity codec;
  for (const char* length : {"00000000", "13000000", "15000000", "64000000", "ffffffff", "fcffffff", "00000080"}) {
    bytes payload = archetypes::from_hex(length);
    payload.resize(200);
    payload_reader reader(payload);
    bytes tensor(20);
    CHECK(reader.take(codec, dtype::float32, tensor).error() == errc::bad_encoding);
  }
}
