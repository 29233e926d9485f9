// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/codec/identity.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::dtype;
using cleave::status;
using bytes_in = std::span<const std::byte>;
using bytes_out = std::span<std::byte>;

}  // namespace

TEST_CASE("identity gives back every bit, at any alignment and for no elements") {
  cleave::codecs::identity codec;
  for (const std::size_t elements : {0u, 1u, 2u, 17u}) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      const std::vector<std::byte> memory = archetypes::some_bytes(elements * 4 + shift, elements + 1);
      const bytes_in tensor = bytes_in(memory).subspan(shift);
      std::vector<std::byte> out(codec.max_encoded_size(elements, dtype::float32));
      CHECK(codec.encode(tensor, dtype::float32, out) == out.size());
      std::vector<std::byte> back(elements * 4 + shift);
      CHECK(codec.decode(out, dtype::int32, bytes_out(back).subspan(shift)));
      CHECK(std::vector<std::byte>(back.begin() + static_cast<long>(shift), back.end()) ==
            std::vector<std::byte>(tensor.begin(), tensor.end()));
    }
  }
}

TEST_CASE("identity sends the lowest byte of an element first") {
  const std::array<std::uint32_t, 1> tensor{0x04030201};
  std::array<std::byte, 4> out{};
  CHECK(cleave::codecs::identity{}.encode(std::as_bytes(std::span(tensor)), dtype::int32, out) == 4);
  CHECK(out == std::array{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
}

TEST_CASE("identity refuses every size but the tensor's") {
  const std::vector<std::byte> in(41);
  std::vector<std::byte> tensor(20, std::byte{0x5a});
  for (std::size_t size = 0; size <= in.size(); ++size) {
    const status done = cleave::codecs::identity{}.decode(bytes_in(in).first(size), dtype::float32, tensor);
    CHECK(done.error() == (size == 20 ? cleave::errc::ok : cleave::errc::bad_encoding));
    if (size < 20) CHECK(tensor[0] == std::byte{0x5a});
  }
}
