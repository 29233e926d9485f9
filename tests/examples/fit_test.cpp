// SPDX-License-Identifier: BSL-1.0
#include "../../examples/digits/fit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>

namespace {

demo::grey_picture paper(int width, int height, std::uint8_t shade) {
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::uint8_t>(pixels, shade)};
}

void fill(demo::grey_picture& picture, int top, int left, int height, int width, std::uint8_t shade) {
  for (int row = top; row < top + height; ++row) {
    for (int column = left; column < left + width; ++column) {
      picture.pixels[static_cast<std::size_t>(row * picture.width + column)] = shade;
    }
  }
}

/// A 0: a ring of 60x100 pixels with strokes of `stroke` pixels, its upper left corner at (`top`, `left`).
demo::grey_picture ring(std::uint8_t ink, std::uint8_t ground, int top = 30, int left = 40, int stroke = 16) {
  auto picture = paper(200, 180, ground);
  fill(picture, top, left, 100, 60, ink);
  fill(picture, top + stroke, left + stroke, 100 - 2 * stroke, 60 - 2 * stroke, ground);
  return picture;
}

int ink_of(const demo::digit_counts& counts) { return std::accumulate(counts.begin(), counts.end(), 0); }

int ink_in_column(const demo::digit_counts& counts, std::size_t column) {
  int sum = 0;
  for (std::size_t row = 0; row < 8; ++row) sum += counts[row * 8 + column];
  return sum;
}

}  // namespace

TEST_CASE("counts are those of the data set: 0 to 16") {
  const auto counts = demo::fit_digit(ring(0, 255));
  CHECK(*std::max_element(counts.begin(), counts.end()) == 16);
  CHECK(*std::min_element(counts.begin(), counts.end()) == 0);
}

TEST_CASE("a digit fills the height and 20 of 32 columns") {
  const auto counts = demo::fit_digit(ring(0, 255));
  for (const std::size_t row : {0u, 7u}) {
    CHECK(std::accumulate(counts.begin() + row * 8, counts.begin() + row * 8 + 8, 0) > 0);
  }
  CHECK(ink_in_column(counts, 0) == 0);
  CHECK(ink_in_column(counts, 7) == 0);
  CHECK(ink_in_column(counts, 1) > 0);
  CHECK(ink_in_column(counts, 6) > 0);
}

TEST_CASE("dark on light and light on dark give the same counts") {
  CHECK(demo::fit_digit(ring(0, 255)) == demo::fit_digit(ring(255, 0)));
}

TEST_CASE("pale ink on grey paper gives the counts of black on white") {
  CHECK(demo::fit_digit(ring(110, 180)) == demo::fit_digit(ring(0, 255)));
}

TEST_CASE("where the digit stands in the picture does not matter") {
  CHECK(demo::fit_digit(ring(0, 255, 5, 3)) == demo::fit_digit(ring(0, 255, 75, 130)));
}

TEST_CASE("a speck beside the digit does not matter") {
  auto picture = ring(0, 255);
  fill(picture, 170, 190, 3, 3, 0);
  CHECK(demo::fit_digit(picture) == demo::fit_digit(ring(0, 255)));
}

TEST_CASE("thin strokes are made as thick as those of the data set") {
  const auto thin = demo::fit_digit(ring(0, 255, 30, 40, 3));
  CHECK(ink_of(thin) > 240);
  CHECK(ink_of(thin) < 430);
}

TEST_CASE("a narrow stroke stays narrow and comes to the middle") {
  auto picture = paper(100, 100, 255);
  fill(picture, 10, 70, 80, 8, 0);
  const auto counts = demo::fit_digit(picture);
  CHECK(ink_in_column(counts, 1) == 0);
  CHECK(ink_in_column(counts, 6) == 0);
  CHECK(std::abs(ink_in_column(counts, 3) - ink_in_column(counts, 4)) <= 32);
}

TEST_CASE("a slanted stroke is made upright") {
  auto picture = paper(120, 120, 255);
  for (int row = 10; row < 110; ++row) fill(picture, row, 80 - row / 4, 1, 10, 0);
  const auto counts = demo::fit_digit(picture);
  CHECK(ink_in_column(counts, 1) == 0);
  CHECK(ink_in_column(counts, 6) == 0);
}

TEST_CASE("a picture of 8x8 pixels is taken as it is") {
  auto picture = paper(8, 8, 0);
  fill(picture, 0, 2, 8, 2, 16);
  fill(picture, 7, 5, 1, 1, 8);
  const auto counts = demo::fit_digit(picture);
  CHECK(counts[2] == 16);
  CHECK(counts[7 * 8 + 5] == 8);
  CHECK(ink_of(counts) == 2 * 8 * 16 + 8);
}

TEST_CASE("an empty picture is refused") {
  CHECK_THROWS_WITH(demo::fit_digit(paper(50, 50, 255)), "nothing to see: the picture is of one shade");
  CHECK_THROWS_AS(demo::fit_digit(paper(8, 8, 0)), std::runtime_error);
  CHECK_THROWS_AS(demo::fit_digit(paper(1, 1, 9)), std::runtime_error);
}
