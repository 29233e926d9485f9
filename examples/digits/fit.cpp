// SPDX-License-Identifier: BSL-1.0
#include "fit.hpp"

#include "ink.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace demo {
namespace {

constexpr int side = 32;        // of the bitmap whose 4x4 blocks are counted
constexpr int box_width = 20;   // of the box in it that holds the digit, as in the data set: 6 of 8 blocks,
constexpr int box_height = 32;  // and all of its height

/// Rows and columns, the ends excluded.
struct box {
  int top, left, bottom, right;
};

box bounds_of(const ink_picture& picture, float threshold) {
  box result{picture.height, picture.width, 0, 0};
  for (int row = 0; row < picture.height; ++row) {
    for (int column = 0; column < picture.width; ++column) {
      if (picture.at(row, column) <= threshold) continue;
      result.top = std::min(result.top, row);
      result.bottom = std::max(result.bottom, row + 1);
      result.left = std::min(result.left, column);
      result.right = std::max(result.right, column + 1);
    }
  }
  return result;
}

/// Takes the slant away as NIST's programs did: the leftmost ink of the top and of the bottom stand under each other.
ink_picture straighten(const ink_picture& picture) {
  const box found = bounds_of(picture, 0.5f);
  const int height = found.bottom - found.top;
  const int band = std::max(1, height / 16);
  const auto leftmost = [&](int first) {
    int result = picture.width;
    for (int row = first; row < first + band; ++row) {
      for (int column = 0; column < result; ++column) {
        if (picture.at(row, column) > 0.5f) result = column;
      }
    }
    return result;
  };
  if (height < 2 * band) return picture;
  constexpr float steepest = 0.35f;
  const auto lean =
      static_cast<float>(leftmost(found.top) - leftmost(found.bottom - band)) / static_cast<float>(height - band);
  const float slope = std::clamp(lean, -steepest, steepest);
  const int room = static_cast<int>(std::ceil(steepest * static_cast<float>(height)));
  ink_picture result{picture.width + 2 * room, picture.height, {}};
  result.ink.reserve(static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height));
  for (int row = 0; row < result.height; ++row) {
    const float shift = slope * (static_cast<float>(row - found.top) - static_cast<float>(height) / 2);
    for (int column = 0; column < result.width; ++column) {
      const float from = static_cast<float>(column - room) - shift;
      const float left = std::floor(from);
      const int at = static_cast<int>(left);
      const bool inside = row >= found.top && row < found.bottom;
      result.ink.push_back(inside ? (1 - (from - left)) * picture.at(row, at) + (from - left) * picture.at(row, at + 1)
                                  : 0);
    }
  }
  return result;
}

/// The mean ink of a rectangle given in pixels and parts of pixels, where rectangles are larger than pixels;
/// between pixels otherwise.
float sample(const ink_picture& picture, float row, float column, float height, float width) {
  const int rows = std::max(1, static_cast<int>(std::ceil(height * 2)));
  const int columns = std::max(1, static_cast<int>(std::ceil(width * 2)));
  float sum = 0;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const float y = row + height * (static_cast<float>(r) + 0.5f) / static_cast<float>(rows) - 0.5f;
      const float x = column + width * (static_cast<float>(c) + 0.5f) / static_cast<float>(columns) - 0.5f;
      const int top = static_cast<int>(std::floor(y));
      const int left = static_cast<int>(std::floor(x));
      const float down = y - static_cast<float>(top);
      const float right = x - static_cast<float>(left);
      sum += (1 - down) * ((1 - right) * picture.at(top, left) + right * picture.at(top, left + 1)) +
             down * ((1 - right) * picture.at(top + 1, left) + right * picture.at(top + 1, left + 1));
    }
  }
  return sum / static_cast<float>(rows * columns);
}

/// Ink again, in the data set's size. Not rounded to black and white: a small picture says more in its greys.
using bitmap = std::array<std::array<float, side>, side>;

float ink_of(const bitmap& bits) {
  float ink = 0;
  for (const auto& row : bits) {
    for (const float value : row) ink += value;
  }
  return ink;
}

/// One pixel more (`grow`) or less of every stroke.
bitmap change_strokes(const bitmap& bits, bool grow) {
  bitmap result = bits;
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t column = 0; column < side; ++column) {
      const auto take = [&](float other) {
        float& here = result[row][column];
        here = grow ? std::max(here, other) : std::min(here, other);
      };
      if (row > 0) take(bits[row - 1][column]);
      if (row + 1 < side) take(bits[row + 1][column]);
      if (column > 0) take(bits[row][column - 1]);
      if (column + 1 < side) take(bits[row][column + 1]);
    }
  }
  return result;
}

/// The digit scaled into its box. A 1 is not made as wide as a 0.
bitmap scale(const ink_picture& picture, box found) {
  const float height = static_cast<float>(found.bottom - found.top);
  const float width = static_cast<float>(found.right - found.left);
  constexpr float widest = 1.6f;  // columns may be stretched so much more than rows
  const int columns = std::clamp(static_cast<int>(std::lround(width / height * box_height * widest)), 3, box_width);
  const int left = (side - columns) / 2;
  const float step_y = height / box_height;
  const float step_x = width / static_cast<float>(columns);
  bitmap result{};
  for (int row = 0; row < box_height; ++row) {
    for (int column = 0; column < columns; ++column) {
      result[static_cast<std::size_t>(row)][static_cast<std::size_t>(left + column)] =
          sample(picture, static_cast<float>(found.top) + static_cast<float>(row) * step_y,
                 static_cast<float>(found.left) + static_cast<float>(column) * step_x, step_y, step_x);
    }
  }
  return result;
}

/// Brings the centre of mass to the middle, as far as no stroke falls off the edge.
bitmap centre(const bitmap& bits) {
  float ink = 0;
  float moment = 0;
  int first = side;
  int last = -1;
  for (const auto& row : bits) {
    for (int column = 0; column < side; ++column) {
      const float here = row[static_cast<std::size_t>(column)];
      ink += here;
      moment += here * (static_cast<float>(column) + 0.5f);
      if (here < 0.5f) continue;
      first = std::min(first, column);
      last = std::max(last, column);
    }
  }
  if (last < first) return bits;
  const int wanted = static_cast<int>(std::lround(side / 2 - moment / ink));
  const int shift = std::clamp(wanted, -first, side - 1 - last);
  bitmap result{};
  for (std::size_t row = 0; row < side; ++row) {
    for (int column = std::max(0, -shift); column < std::min(side, side - shift); ++column) {
      result[row][static_cast<std::size_t>(column + shift)] = bits[row][static_cast<std::size_t>(column)];
    }
  }
  return result;
}

}  // namespace

digit_counts fit_digit(const grey_picture& picture) {
  digit_counts counts{};
  if (picture.width == 8 && picture.height == 8) {
    const ink_picture ink = stretch_contrast(picture);
    std::transform(ink.ink.begin(), ink.ink.end(), counts.begin(),
                   [](float value) { return static_cast<std::uint8_t>(std::lround(value * 16)); });
    return counts;
  }
  const ink_picture ink = straighten(find_ink(picture));
  bitmap bits = scale(ink, bounds_of(ink, 0.5f));

  // The data set's strokes cover about half of the box: 312 pixels of 640, with a standard deviation of 34.
  for (int step = 0; step < 4 && ink_of(bits) < 240; ++step) bits = change_strokes(bits, true);
  for (int step = 0; step < 2 && ink_of(bits) > 430; ++step) bits = change_strokes(bits, false);
  bits = centre(bits);

  std::array<float, 64> sums{};
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t column = 0; column < side; ++column) sums[row / 4 * 8 + column / 4] += bits[row][column];
  }
  std::transform(sums.begin(), sums.end(), counts.begin(),
                 [](float sum) { return static_cast<std::uint8_t>(std::lround(sum)); });
  return counts;
}

}  // namespace demo
