// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "layout.hpp"

using importer::layout;
using importer::sizes;

TEST_CASE("memory in the order of ONNX is one direction") {
  CHECK(importer::in_order({0, 1, 2}, {2, 3, 4}) == importer::plain(24));
  CHECK(importer::plain(1).empty());
}

TEST_CASE("a picture of one channel lies in both orders at once") {
  CHECK(importer::in_order({2, 3, 0, 1}, {1, 1, 5, 7}) == importer::plain(35));
  CHECK(importer::in_order({2, 3, 0, 1}, {1, 6, 1, 1}) == importer::plain(6));
  CHECK(importer::in_order({2, 3, 0, 1}, {1, 2, 5, 7}) != importer::plain(70));
}

TEST_CASE("rows, columns and channels number the elements as ONNX does") {
  const layout picture = importer::in_order({2, 3, 0, 1}, {1, 2, 2, 2});
  CHECK(importer::numbers_in(picture) == std::vector<std::int64_t>{0, 4, 1, 5, 2, 6, 3, 7});
}

TEST_CASE("a copy reads the elements of its source in the order of its target") {
  const layout rows = importer::plain(24);
  const layout turned = importer::in_order({2, 0, 1}, {2, 3, 4});
  const auto there = importer::copy_between(rows, turned);
  REQUIRE(there);
  CHECK(there->sizes == std::vector<std::int64_t>{4, 6});
  CHECK(there->steps == std::vector<std::int64_t>{1, 4});
  const auto back = importer::copy_between(turned, rows);
  REQUIRE(back);
  CHECK(back->sizes == std::vector<std::int64_t>{6, 4});
  CHECK(back->steps == std::vector<std::int64_t>{1, 6});
}

TEST_CASE("a copy to the same layout moves nothing") {
  const layout picture = importer::in_order({2, 3, 0, 1}, {1, 3, 4, 5});
  const auto same = importer::copy_between(picture, picture);
  REQUIRE(same);
  CHECK(same->sizes == std::vector<std::int64_t>{60});
  CHECK(same->steps == std::vector<std::int64_t>{1});
}

TEST_CASE("axes are found again in a reshaped layout where they do not straddle") {
  const layout picture = importer::in_order({2, 3, 0, 1}, {1, 6, 2, 2});
  // Channels split in two: each half is a direction of its own.
  const auto split = importer::axes_of(picture, {1, 2, 3, 2, 2});
  REQUIRE(split);
  CHECK(importer::layout_of(*split, {1, 2, 3, 2, 2}) == picture);
  // Six channels of four pixels read as four of six: the border of the new axis lies within the old one.
  CHECK(!importer::axes_of(picture, {4, 6}));
}
