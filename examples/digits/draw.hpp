// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_DRAW_HPP
#define EXAMPLES_DIGITS_DRAW_HPP

/// @file
/// Digits drawn with characters.

#include "../common/table.hpp"
#include "../common/terminal.hpp"
#include "fit.hpp"

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// Lines of characters, all of the same width.
using drawing = std::vector<std::string>;

/// Two pixels in one character, upper and lower half, in shades of grey.
inline drawing draw_in_grey(const digit_counts& counts) {
  const auto shade = [&](std::size_t row, std::size_t column) {
    return std::to_string(232 + counts[row * 8 + column] * 23 / 16);  // 232..255: the greys of xterm's 256 colours
  };
  drawing lines;
  for (std::size_t row = 0; row < 8; row += 2) {
    std::string line;
    for (std::size_t column = 0; column < 8; ++column) {
      line += "\x1b[38;5;" + shade(row, column) + ";48;5;" + shade(row + 1, column) + "m\u2580";
    }
    lines.push_back(line + "\x1b[0m");
  }
  return lines;
}

/// A pixel in two characters, for any output.
inline drawing draw_in_ascii(const digit_counts& counts) {
  constexpr std::string_view shades = " .:-=+*#%@";
  drawing lines;
  for (std::size_t row = 0; row < 8; ++row) {
    std::string line;
    for (std::size_t column = 0; column < 8; ++column) {
      line += std::string(2, shades[static_cast<std::size_t>(counts[row * 8 + column]) * (shades.size() - 1) / 16]);
    }
    lines.push_back(line);
  }
  return lines;
}

inline drawing draw(const digit_counts& counts, const terminal& screen) {
  return screen.colour && screen.unicode ? draw_in_grey(counts) : draw_in_ascii(counts);
}

/// A digit and the line under it.
struct captioned_digit {
  digit_counts counts{};
  std::string caption;
};

/// Digits side by side, as many as fit.
inline void print_gallery(std::ostream& out, const std::vector<captioned_digit>& digits, const terminal& screen) {
  constexpr std::string_view gap = "   ";
  const std::size_t width = screen.colour && screen.unicode ? 8 : 16;
  const auto room = static_cast<std::size_t>(std::max(screen.columns, 40)) - 2;
  const std::size_t in_line = std::max<std::size_t>(1, (room + gap.size()) / (width + gap.size()));
  for (std::size_t first = 0; first < digits.size(); first += in_line) {
    const std::size_t end = std::min(digits.size(), first + in_line);
    drawing lines;
    for (std::size_t at = first; at < end; ++at) {
      drawing one = draw(digits[at].counts, screen);
      const std::size_t caption = std::min(width_of(digits[at].caption), width);
      one.push_back(std::string((width - caption) / 2, ' ') + digits[at].caption +
                    std::string(width - caption - (width - caption) / 2, ' '));
      lines.resize(one.size(), "  ");
      for (std::size_t row = 0; row < one.size(); ++row) {
        lines[row] += one[row];
        if (at + 1 < end) lines[row] += gap;
      }
    }
    for (const std::string& line : lines) out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    out << '\n';
  }
}

}  // namespace demo
#endif
