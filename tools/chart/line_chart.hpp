// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TOOLS_CHART_LINE_CHART_HPP
#define CLEAVE_TOOLS_CHART_LINE_CHART_HPP

/// @file
/// Numbers over numbers: lines, steps, dots; each axis linear or logarithmic.

#include <string>
#include <vector>

#include "frame.hpp"

namespace cleave_chart {

struct point {
  double x;
  double y;
};

struct line_series {
  std::string name;
  std::vector<point> points;
  bool line = true;
  bool dots = false;
  bool stepped = false;  ///< the last number holds until the next one
  bool dashed = false;
};

/// A line across the picture with a word beside it: where something happened, or a limit.
struct mark {
  double at;
  std::string text{};
};

struct line_chart {
  std::string title;
  std::string subtitle{};
  axis x{};
  axis y{};
  std::vector<line_series> series{};
  std::vector<mark> at_x{};  ///< upright
  std::vector<mark> at_y{};  ///< level
  bool from_zero = true;     ///< a linear y axis begins at zero
  double width = 860;
  double height = 420;
};

namespace detail {

inline std::string path_of(const line_series& of, const scale& x, const scale& y, std::size_t begin, std::size_t end) {
  std::string path;
  for (std::size_t i = begin; i < end; ++i) {
    const auto add = [&](double at_x, double at_y) { path += svg::number(at_x) + "," + svg::number(at_y) + " "; };
    if (of.stepped && i > begin) add(x.at(of.points[i].x), y.at(of.points[i - 1].y));
    add(x.at(of.points[i].x), y.at(of.points[i].y));
  }
  return path;
}

inline void draw_series(svg& on, const line_series& of, std::string_view colour, const scale& x, const scale& y) {
  const auto shown = [&](const point& each) { return x.is_shown(each.x) && y.is_shown(each.y); };
  for (std::size_t i = 0; of.line && i < of.points.size();) {
    // A number that is missing interrupts the line.
    std::size_t end = i;
    while (end < of.points.size() && shown(of.points[end])) ++end;
    if (end - i > 1) on.path(path_of(of, x, y, i, end), colour, 2, of.dashed);
    i = end + 1;
  }
  if (!of.dots) return;
  for (const point& each : of.points) {
    if (shown(each)) on.dot(x.at(each.x), y.at(each.y), 3.5, colour);
  }
}

}  // namespace detail

/// The picture of a chart, as the text of an SVG file.
inline std::string draw(const line_chart& chart) {
  std::vector<double> all_x;
  std::vector<double> all_y;
  std::vector<legend_entry> legend;
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    const line_series& of = chart.series[s];
    for (const point& each : of.points) {
      all_x.push_back(each.x);
      all_y.push_back(each.y);
    }
    const sample how = !of.line ? sample::dot : of.dashed ? sample::dashed_line : sample::line;
    if (!of.name.empty()) legend.push_back({of.name, colour_of(s), how});
  }
  for (const mark& each : chart.at_x) all_x.push_back(each.at);
  for (const mark& each : chart.at_y) all_y.push_back(each.at);
  scale x(chart.x, all_x, false);
  scale y(chart.y, all_y, chart.from_zero);
  const area in{left_axis_width(y), head_height(chart.subtitle, legend, chart.width) + 14, chart.width - margin - 10,
                chart.height - 48};
  x.place(in.left, in.right);
  y.place(in.bottom, in.top);
  svg on(chart.width, chart.height, chart.title);
  draw_head(on, chart.title, chart.subtitle, legend, chart.width);
  draw_left_axis(on, chart.y, y, in);
  draw_bottom_axis(on, chart.x, x, in);
  for (const mark& each : chart.at_x) {
    on.line(x.at(each.at), in.top, x.at(each.at), in.bottom, ink::quiet, 1.5, true);
    const bool right_half = x.at(each.at) > (in.left + in.right) / 2;
    on.text(x.at(each.at) + (right_half ? 3 : -3), in.top - 5, each.text,
            {.where = right_half ? anchor::end : anchor::start, .size = 11});
  }
  for (const mark& each : chart.at_y) {
    on.line(in.left, y.at(each.at), in.right, y.at(each.at), ink::quiet, 1.5, true);
    on.text(in.right - 4, y.at(each.at) - 5, each.text, {.where = anchor::end, .size = 11});
  }
  for (std::size_t s = 0; s < chart.series.size(); ++s) detail::draw_series(on, chart.series[s], colour_of(s), x, y);
  return on.finished();
}

}  // namespace cleave_chart
#endif
