// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TOOLS_CHART_FRAME_HPP
#define CLEAVE_TOOLS_CHART_FRAME_HPP

/// @file
/// What is around the drawn numbers: title, legend, axes and grid. For bar_chart.hpp and line_chart.hpp.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "scale.hpp"
#include "svg.hpp"

namespace cleave_chart {

/// How a legend shows a series.
enum class sample { box, line, dashed_line, dot, tick, band };

struct legend_entry {
  std::string name;
  std::string_view colour;
  sample how = sample::box;
};

/// The place where numbers are drawn.
struct area {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

inline constexpr double margin = 16;

/// The height of title, subtitle and legend.
inline double head_height(const std::string& subtitle, const std::vector<legend_entry>& legend, double width) {
  double height = margin + 20 + (subtitle.empty() ? 0 : 18);
  double x = margin;
  double rows = legend.empty() ? 0 : 1;
  for (const legend_entry& each : legend) {
    const double needed = 34 + text_width(each.name) + 6;
    if (x > margin && x + needed > width - margin) {
      x = margin;
      ++rows;
    }
    x += needed;
  }
  return height + rows * 20 + 12;
}

inline void draw_sample(svg& on, double x, double y, const legend_entry& entry) {
  switch (entry.how) {
    case sample::box: on.rectangle(x, y - 10, 18, 11, entry.colour, 2); break;
    case sample::band: on.rectangle(x, y - 12, 18, 15, entry.colour); break;
    case sample::line:
    case sample::dashed_line:
      on.line(x, y - 4, x + 20, y - 4, entry.colour, 2, entry.how == sample::dashed_line);
      break;
    case sample::dot: on.dot(x + 9, y - 4, 4, entry.colour); break;
    case sample::tick: on.line(x + 9, y - 12, x + 9, y + 3, entry.colour, 3); break;
  }
}

inline void draw_head(svg& on, const std::string& title, const std::string& subtitle,
                      const std::vector<legend_entry>& legend, double width) {
  double y = margin + 14;
  on.text(margin, y, title, {.size = 16, .bold = true});
  if (!subtitle.empty()) on.text(margin, y += 18, subtitle, {.colour = ink::quiet});
  y += 24;
  double x = margin;
  for (const legend_entry& each : legend) {
    const double needed = 34 + text_width(each.name) + 6;
    if (x > margin && x + needed > width - margin) {
      x = margin;
      y += 20;
    }
    draw_sample(on, x, y, each);
    on.text(x + 26, y, each.name);
    x += needed;
  }
}

/// Grid and numbers of an axis along the bottom.
inline void draw_bottom_axis(svg& on, const axis& says, const scale& of, const area& in) {
  double written_to = -1e9;
  for (const double tick : of.ticks()) {
    const double x = of.at(tick);
    on.line(x, in.top, x, in.bottom, ink::grid);
    const std::string text = number_text(tick);
    const double half = text_width(text, 11) / 2;
    if (x - half < written_to + 4) continue;
    written_to = x + half;
    on.text(x, in.bottom + 15, text, {.where = anchor::middle, .size = 11, .colour = ink::quiet});
  }
  on.line(in.left, in.bottom, in.right, in.bottom, ink::quiet);
  on.text((in.left + in.right) / 2, in.bottom + 34, says.label, {.where = anchor::middle});
}

/// The same along the left side.
inline void draw_left_axis(svg& on, const axis& says, const scale& of, const area& in) {
  for (const double tick : of.ticks()) {
    const double y = of.at(tick);
    on.line(in.left, y, in.right, y, ink::grid);
    on.text(in.left - 6, y + 4, number_text(tick), {.where = anchor::end, .size = 11, .colour = ink::quiet});
  }
  on.line(in.left, in.top, in.left, in.bottom, ink::quiet);
  on.text(margin + 4, (in.top + in.bottom) / 2, says.label, {.where = anchor::middle, .turned = -90});
}

/// The room that numbers and label of an axis on the left take.
inline double left_axis_width(const scale& of) {
  double widest = 0;
  for (const double tick : of.ticks()) widest = std::max(widest, text_width(number_text(tick), 11));
  return margin + 18 + widest + 8;
}

}  // namespace cleave_chart
#endif
