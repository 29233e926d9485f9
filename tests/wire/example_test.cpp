// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/codec/f16.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cleave/wire/tensor_payload.hpp>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

namespace {

/// As docs/wire.md prints frames: sixteen bytes a line.
std::string dump(std::span<const std::byte> bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned value = std::to_integer<unsigned>(bytes[i]);
    text += digits[value / 16];
    text += digits[value % 16];
    text += i % 16 == 15 || i + 1 == bytes.size() ? '\n' : ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("the frames that docs/wire.md shows are what the encoder makes") {
  std::array<std::byte, 100> room{};
  const std::string ping = dump(cleave::seal_frame({.kind = cleave::frame_kind::ping, .request = 1}, room, 0));

  const std::array tensor{1.0f, -2.0f};
  cleave::codecs::f16 codec;
  cleave::payload_writer writer(std::span<std::byte>(room).subspan(cleave::frame_header_bytes));
  REQUIRE(writer.add(codec, std::as_bytes(std::span(tensor)), cleave::dtype::float32));
  const cleave::frame_header header{
      .kind = cleave::frame_kind::request, .request = 2, .cut = 6, .tensors = 1, .codec = cleave::codec_id::f16};
  const std::string request = dump(cleave::seal_frame(header, room, static_cast<std::uint32_t>(writer.size())));

  std::ifstream file(CLEAVE_TEST_SOURCE_DIR "/docs/wire.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  CHECK(page.find("```text\n" + ping + "\n" + request + "```") != page.npos);
}
