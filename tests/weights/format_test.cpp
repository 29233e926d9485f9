// SPDX-License-Identifier: BSL-1.0
#include <cleave/weights/format.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace {

using namespace cleave;

/// A blob of two layers, 5 and 3 floats, without any graph; `change` may break it before its checksums are made.
template <class Change>
std::vector<std::byte> blob(Change change) {
  blob_header header;
  header.graph_fingerprint = 0x0123456789ABCDEFU;
  header.layers = 2;
  header.last_layer = 2;
  header.data_bytes = 128;
  std::array<blob_line, 2> lines{blob_line{0, 20, 0, weight_layout_kind::blocked, dtype::float32},
                                 blob_line{64, 12, 0, weight_layout_kind::per_channel, dtype::float32}};
  std::vector<std::byte> bytes(128 + 128);
  for (std::size_t i = 0; i < 20; ++i) bytes[128 + i] = static_cast<std::byte>(i);
  for (blob_line& each : lines) {
    each.crc = crc32c(
        std::span{bytes}.subspan(128 + static_cast<std::size_t>(each.offset), static_cast<std::size_t>(each.bytes)));
  }
  change(header, lines);
  for (std::size_t i = 0; i < 2; ++i) write_line(bytes.data() + 64 + 24 * i, lines[i]);
  header.weights_fingerprint = table_fingerprint(bytes.data() + 64, 2);
  write_header(bytes.data(), header);
  return bytes;
}

template <class Change>
errc refusal(Change change) {
  return read_header(blob(change)).error();
}

}  // namespace

TEST_CASE("the numbers of a header and a line stand where the document says") {
  const auto bytes = blob([](auto&, auto&) {});
  const auto byte = [&](std::size_t at) { return std::to_integer<int>(bytes[at]); };
  CHECK((byte(0) == 'C' && byte(1) == 'L' && byte(2) == 'V' && byte(3) == 'W'));
  CHECK(load_little<std::uint16_t>(bytes.data() + 4) == 1);
  CHECK(load_little<std::uint16_t>(bytes.data() + 6) == 64);
  CHECK(load_little<std::uint64_t>(bytes.data() + 8) == 0x0123456789ABCDEFU);
  CHECK(load_little<std::uint32_t>(bytes.data() + 24) == 2);
  CHECK(load_little<std::uint32_t>(bytes.data() + 28) == 1);
  CHECK(load_little<std::uint32_t>(bytes.data() + 32) == 2);
  CHECK(load_little<std::uint64_t>(bytes.data() + 40) == 128);
  CHECK(load_little<std::uint64_t>(bytes.data() + 64 + 24) == 64);
  CHECK(load_little<std::uint64_t>(bytes.data() + 64 + 24 + 8) == 12);
  CHECK(byte(64 + 24 + 20) == 4);
  CHECK(byte(64 + 24 + 21) == 0);
}

TEST_CASE("what was written is read") {
  const auto bytes = blob([](auto&, auto&) {});
  const auto header = read_header(bytes);
  REQUIRE(header);
  CHECK(header->graph_fingerprint == 0x0123456789ABCDEFU);
  CHECK(header->first_layer == 1);
  CHECK(header->total_bytes() == 256);
  CHECK(line_of(bytes, 2).bytes == 12);
  CHECK(line_of(bytes, 2).layout == weight_layout_kind::per_channel);
  CHECK(check_data(bytes, *header, 1, 2));
  CHECK(check_data(bytes, *header, 3, 2));
}

TEST_CASE("headers and tables that contradict themselves are refused, whatever their checksums say") {
  CHECK(refusal([](auto&, auto&) {}) == errc::ok);
  CHECK(refusal([](auto& header, auto&) { header.first_layer = 0; }) == errc::corrupt_blob);
  CHECK(refusal([](auto& header, auto&) { header.first_layer = 4; }) == errc::corrupt_blob);
  CHECK(refusal([](auto& header, auto&) { header.last_layer = 3; }) == errc::corrupt_blob);
  CHECK(refusal([](auto& header, auto&) { header.data_bytes = 64; }) == errc::corrupt_blob);
  CHECK(refusal([](auto& header, auto&) { header.data_bytes = ~std::uint64_t{0}; }) == errc::corrupt_blob);
  CHECK(refusal([](auto&, auto& lines) { lines[1].offset = 128; }) == errc::corrupt_blob);
  CHECK(refusal([](auto&, auto& lines) { lines[1].offset = 0; }) == errc::corrupt_blob);
  CHECK(refusal([](auto&, auto& lines) { lines[0].bytes = ~std::uint64_t{0}; }) == errc::corrupt_blob);
  CHECK(refusal([](auto&, auto& lines) { lines[1].bytes = ~std::uint64_t{63}; }) == errc::corrupt_blob);
}

TEST_CASE("a weights fingerprint that is not that of the table is refused") {
  auto bytes = blob([](auto&, auto&) {});
  blob_header header = *read_header(bytes);
  header.weights_fingerprint ^= 1;
  write_header(bytes.data(), header);
  CHECK(read_header(bytes).error() == errc::corrupt_blob);
}

TEST_CASE("the bytes between two layers' numbers have to be 0") {
  auto bytes = blob([](auto&, auto&) {});
  const auto header = read_header(bytes);
  REQUIRE(header);
  bytes[128 + 20] = std::byte{1};
  CHECK(check_data(bytes, *header, 1, 1) == errc::corrupt_blob);
  CHECK(check_data(bytes, *header, 2, 2) == errc::ok);
  bytes[128 + 20] = std::byte{0};
  bytes[255] = std::byte{1};
  CHECK(check_data(bytes, *header, 1, 1) == errc::ok);
  CHECK(check_data(bytes, *header, 2, 2) == errc::corrupt_blob);
}
