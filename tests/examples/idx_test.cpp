// SPDX-License-Identifier: BSL-1.0
#include "../../examples/common/idx.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using bytes = std::vector<std::uint8_t>;

/// Two rows of three.
const bytes small = {0, 0, 0x08, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};

}  // namespace

TEST_CASE("an IDX file of bytes gives its sizes and values") {
  const auto array = demo::parse_idx<std::uint8_t>(small);
  CHECK(array.sizes == std::vector<std::size_t>{2, 3});
  CHECK(array.values == bytes{1, 2, 3, 4, 5, 6});
}

TEST_CASE("floats of an IDX file are big-endian") {
  const auto array = demo::parse_idx<float>(bytes{0, 0, 0x0d, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0});
  CHECK(array.values == std::vector<float>{1.0f, -2.5f});
}

TEST_CASE("an IDX file cut anywhere is refused") {
  for (std::size_t length = 0; length < small.size(); ++length) {
    CAPTURE(length);
    const bytes cut(small.begin(), small.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(demo::parse_idx<std::uint8_t>(cut), std::runtime_error);
  }
}

TEST_CASE("an IDX file with bytes too many is refused") {
  bytes more = small;
  more.push_back(7);
  CHECK_THROWS_WITH(demo::parse_idx<std::uint8_t>(more), "an IDX file longer than its header says");
}

TEST_CASE("another file format is refused") {
  CHECK_THROWS_WITH(demo::parse_idx<std::uint8_t>(bytes{'P', '5', '\n', '8', ' '}), "not an IDX file");
}

TEST_CASE("another element type is refused") {
  CHECK_THROWS_WITH(demo::parse_idx<float>(small), "an IDX file of element type 8, 13 is needed");
}

TEST_CASE("sizes whose product overflows are refused") {
  // 2^32 - 1 cubed is 2^96: its low 64 bits must not pass for a small number.
  const bytes giant = {0, 0, 0x08, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3};
  CHECK_THROWS_WITH(demo::parse_idx<std::uint8_t>(giant), "an IDX file shorter than its header says");
}

TEST_CASE("a missing file is named") {
  CHECK_THROWS_WITH(demo::read_file("no/such.idx1-ubyte"), "no/such.idx1-ubyte: can not be opened");
}

TEST_CASE("a folder is not a file") { CHECK_THROWS_AS(demo::read_file("."), std::runtime_error); }
