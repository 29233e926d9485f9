// SPDX-License-Identifier: BSL-1.0
#include "../../examples/common/picture.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bytes = std::vector<std::uint8_t>;

bytes file(std::string_view header, std::initializer_list<int> pixels) {
  bytes result(header.begin(), header.end());
  for (const int pixel : pixels) result.push_back(static_cast<std::uint8_t>(pixel));
  return result;
}

/// Two pixels, black with alpha 255 and black with alpha 0, made with Pillow.
const bytes transparent_png = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
                               0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x04, 0x00, 0x00,
                               0x00, 0x5e, 0x2b, 0xb7, 0x01, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78,
                               0x9c, 0x63, 0x60, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x99, 0x9b,
                               0x3b, 0x94, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

}  // namespace

TEST_CASE("a binary PGM gives its pixels") {
  const auto picture = demo::decode_picture(file("P5\n# a comment\n3 2\n255\n", {0, 128, 255, 1, 2, 3}));
  CHECK(picture.width == 3);
  CHECK(picture.height == 2);
  CHECK(picture.pixels == bytes{0, 128, 255, 1, 2, 3});
  CHECK(picture.at(1, 2) == 3);
}

TEST_CASE("a PGM of numbers gives its pixels") {
  CHECK(demo::decode_picture(file("P2 3 1 255\n7 0\n255", {})).pixels == bytes{7, 0, 255});
}

TEST_CASE("pixels of a PGM are scaled by its maximal value") {
  CHECK(demo::decode_picture(file("P5 3 1 16\n", {0, 8, 16})).pixels == bytes{0, 128, 255});
  CHECK(demo::decode_picture(file("P5 2 1 65535\n", {255, 255, 0, 255})).pixels == bytes{255, 1});
}

TEST_CASE("what is transparent in a PNG becomes white") {
  const auto picture = demo::decode_picture(transparent_png);
  CHECK(picture.pixels == bytes{0, 255});
}

TEST_CASE("a PNG cut in the middle is refused") {
  const bytes cut(transparent_png.begin(), transparent_png.begin() + 45);
  CHECK_THROWS_AS(demo::decode_picture(cut), std::runtime_error);
}

TEST_CASE("a PGM cut anywhere is refused") {
  for (const bytes& whole : {file("P5 3 2 255\n", {1, 2, 3, 4, 5, 6}), file("P2 3 2 9 1 2 3 4 5 6", {})}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      CHECK_THROWS_AS(demo::decode_picture(cut), std::runtime_error);
    }
  }
}

TEST_CASE("a PGM that contradicts itself is refused") {
  CHECK_THROWS_WITH(demo::decode_picture(file("P5 0 3 255\n", {1, 2, 3})), "an empty PGM picture");
  CHECK_THROWS_WITH(demo::decode_picture(file("P5 wide", {})), "a PGM picture without its width");
  CHECK_THROWS_AS(demo::decode_picture(file("P5 2 1 9\n", {9, 10})), std::runtime_error);
  CHECK_THROWS_AS(demo::decode_picture(file("P5 99999999999999999999 1 9\n", {9, 10})), std::runtime_error);
}

TEST_CASE("a file that is no picture is refused") {
  CHECK_THROWS_WITH(demo::decode_picture(file("hello", {})), "neither a PNG nor a PGM picture");
  CHECK_THROWS_AS(demo::decode_picture({}), std::runtime_error);
}

TEST_CASE("a picture of gigabytes is refused before it is decoded") {
  CHECK_THROWS_WITH(demo::decode_picture(file("P5 60000 60000 255\n", {1, 2, 3})),
                    "a PGM picture whose width is above 4096");
  bytes png = transparent_png;
  png[16 + 2] = 0x40;  // a width of 16,386
  CHECK_THROWS_WITH(demo::decode_picture(png), "a picture of 16386x1 pixels; at most 4096 a side");
}

TEST_CASE("a missing picture is named") {
  CHECK_THROWS_WITH(demo::read_picture("no/such.png"), "no/such.png: can not be opened");
}
