// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/codec/identity.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cleave/wire/frame_parts.hpp>
#include <cleave/wire/tensor_payload.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "archetypes/some_bytes.hpp"

using cleave::frame_parts;

static_assert(!std::is_copy_constructible_v<frame_parts<1>>);  // its parts point into it

TEST_CASE("a frame in parts has the bytes of a frame in one buffer, again and again") {
  frame_parts<3> parts;
  const std::vector<std::byte> values = archetypes::some_bytes(4096 + 8);
  for (const std::vector<std::size_t>& sizes :
       std::vector<std::vector<std::size_t>>{{4096}, {}, {4, 8}, {400, 4, 1604}, {0}, {4, 0, 4}, {4096}}) {
    const cleave::frame_header header{.kind = cleave::frame_kind::request,
                                      .request = 7 + sizes.size(),
                                      .cut = 3,
                                      .tensors = static_cast<std::uint16_t>(sizes.size())};
    std::vector<std::byte> buffer(cleave::frame_header_bytes + 4 * 4096);
    cleave::payload_writer writer{std::span(buffer).subspan(cleave::frame_header_bytes)};
    cleave::codecs::identity codec;
    parts.clear();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const auto tensor = std::span<const std::byte>(values).subspan(i, sizes[i]);
      REQUIRE(writer.add(codec, tensor, cleave::dtype::float32));
      parts.add(tensor);
    }
    const auto whole = cleave::seal_frame(header, buffer, static_cast<std::uint32_t>(writer.size()));
    const auto pieces = parts.seal(header);
    CHECK(pieces.size() == 2 * sizes.size() + 1);
    std::vector<std::byte> together;
    for (const auto piece : pieces) together.insert(together.end(), piece.begin(), piece.end());
    CHECK(together == std::vector<std::byte>(whole.begin(), whole.end()));
    for (std::size_t i = 0; i < sizes.size(); ++i) CHECK(pieces[2 * i + 1].data() == values.data() + i);  // not copied
  }
}
