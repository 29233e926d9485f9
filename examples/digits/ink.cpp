// SPDX-License-Identifier: BSL-1.0
#include "ink.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace demo {
namespace {

/// The threshold that parts the values best into two classes (N. Otsu, 1979).
float threshold_of(const ink_picture& picture) {
  std::array<double, 256> histogram{};
  for (const float ink : picture.ink) histogram[static_cast<std::size_t>(std::lround(ink * 255))] += 1;
  const auto total = static_cast<double>(picture.ink.size());
  double sum = 0;
  for (std::size_t level = 0; level < histogram.size(); ++level) sum += static_cast<double>(level) * histogram[level];
  double below = 0;
  double sum_below = 0;
  double best = -1;
  std::size_t first = 127;
  std::size_t last = 127;
  for (std::size_t level = 0; level + 1 < histogram.size(); ++level) {
    below += histogram[level];
    sum_below += static_cast<double>(level) * histogram[level];
    if (below == 0 || below == total) continue;
    const double apart = sum_below / below - (sum - sum_below) / (total - below);
    const double between = below * (total - below) * apart * apart;
    if (between > best) {
      best = between;
      first = level;
    }
    if (between == best) last = level;
  }
  // Between two clear shades many thresholds are equally good: the middle one then.
  return (static_cast<float>(first + last) / 2 + 0.5f) / 255;
}

/// Wipes away specks: connected strokes with less than a twelfth of the largest one's ink.
void drop_specks(ink_picture& picture, float threshold) {
  std::vector<std::vector<std::size_t>> strokes;
  std::vector<bool> seen(picture.ink.size());
  const auto index = [&](int row, int column) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(column);
  };
  for (std::size_t start = 0; start < picture.ink.size(); ++start) {
    if (seen[start] || picture.ink[start] <= threshold) continue;
    seen[start] = true;
    std::vector<std::size_t> stroke{start};
    for (std::size_t next = 0; next < stroke.size(); ++next) {
      const int row = static_cast<int>(stroke[next] / static_cast<std::size_t>(picture.width));
      const int column = static_cast<int>(stroke[next] % static_cast<std::size_t>(picture.width));
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          if (picture.at(row + dy, column + dx) <= threshold || seen[index(row + dy, column + dx)]) continue;
          seen[index(row + dy, column + dx)] = true;
          stroke.push_back(index(row + dy, column + dx));
        }
      }
    }
    strokes.push_back(std::move(stroke));
  }
  std::size_t largest = 0;
  for (const auto& stroke : strokes) largest = std::max(largest, stroke.size());
  for (const auto& stroke : strokes) {
    if (stroke.size() * 12 >= largest) continue;
    for (const std::size_t at : stroke) picture.ink[at] = 0;
  }
}

/// Paper becomes 0 and strokes 1, with the threshold at 0.5 and a slope between them.
void deepen(ink_picture& picture, float threshold) {
  double paper = 0;
  double stroke = 0;
  std::size_t strokes = 0;
  for (const float ink : picture.ink) {
    (ink > threshold ? stroke : paper) += ink;
    strokes += ink > threshold;
  }
  if (strokes == 0 || strokes == picture.ink.size()) return;
  const auto low = static_cast<float>(paper / static_cast<double>(picture.ink.size() - strokes));
  const auto high = static_cast<float>(stroke / static_cast<double>(strokes));
  for (float& ink : picture.ink) {
    ink =
        ink > threshold ? 0.5f + 0.5f * (ink - threshold) / (high - threshold) : 0.5f * (ink - low) / (threshold - low);
    ink = std::clamp(ink, 0.0f, 1.0f);
  }
}

}  // namespace

ink_picture stretch_contrast(const grey_picture& picture) {
  const auto [low, high] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  const float darkest = *low;
  const float contrast = static_cast<float>(*high) - darkest;
  if (picture.pixels.empty() || contrast < 8) throw std::runtime_error("nothing to see: the picture is of one shade");

  ink_picture result{picture.width, picture.height, {}};
  result.ink.reserve(picture.pixels.size());
  for (const std::uint8_t pixel : picture.pixels) {
    result.ink.push_back((static_cast<float>(pixel) - darkest) / contrast);
  }
  // The border tells paper from stroke.
  std::vector<float> border;
  for (int column = 0; column < result.width; ++column) {
    border.push_back(result.at(0, column));
    border.push_back(result.at(result.height - 1, column));
  }
  for (int row = 0; row < result.height; ++row) {
    border.push_back(result.at(row, 0));
    border.push_back(result.at(row, result.width - 1));
  }
  std::nth_element(border.begin(), border.begin() + static_cast<std::ptrdiff_t>(border.size() / 2), border.end());
  if (border[border.size() / 2] > 0.5f) {
    for (float& ink : result.ink) ink = 1 - ink;
  }
  return result;
}

ink_picture find_ink(const grey_picture& picture) {
  ink_picture result = stretch_contrast(picture);
  const float threshold = threshold_of(result);
  drop_specks(result, threshold);
  deepen(result, threshold);
  return result;
}

}  // namespace demo
