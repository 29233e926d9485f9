// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TOOLS_CHART_BAR_CHART_HPP
#define CLEAVE_TOOLS_CHART_BAR_CHART_HPP

/// @file
/// Bars for categories: beside each other or stacked, lying or standing, with a limit across each category's bars and
/// categories that stand out.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "frame.hpp"

namespace cleave_chart {

/// A number for each category; NaN where there is none.
struct bar_series {
  std::string name;
  std::vector<double> values;
};

struct bar_chart {
  std::string title;
  std::string subtitle{};
  axis value{};
  std::vector<std::string> categories{};
  std::vector<bar_series> series{};
  bool stacked = false;
  bool standing = false;  ///< bars from the bottom up; else from the left to the right
  bool numbers = true;    ///< the value behind each bar, or behind each stack its sum
  std::string limit_name{};
  std::vector<double> limits{};  ///< for each category; NaN where there is none
  std::string marked_name{};     ///< what is special about the marked ones: "best"
  std::vector<std::size_t> marked{};
  double width = 860;
  double height = 420;  ///< of standing bars; lying ones take the room that they need
};

namespace detail {

class bars {
 public:
  explicit bars(const bar_chart& of) : chart_(of), value_(of.value, seen(of), true) {}

  std::string picture() {
    const double head = head_height(chart_.subtitle, legend(), chart_.width);
    const double row = std::max(18.0, bars_in_a_category() * 14 + 8);
    double widest = 0;
    for (const std::string& each : chart_.categories) widest = std::max(widest, text_width(each));
    const double number_width = chart_.numbers ? 46 : 8;
    if (chart_.standing) {
      const double left = left_axis_width(value_);
      const double room = (chart_.width - margin - left) / count();
      turned_ = widest + 6 > room;
      const double below = (turned_ ? widest * 0.72 + 24 : 24) + 8;
      in_ = {left, head + 14, chart_.width - margin, chart_.height - below};
      value_.place(in_.bottom, in_.top);
    } else {
      in_ = {margin + widest + 10, head, chart_.width - margin - number_width, head + row * count()};
      value_.place(in_.left, in_.right);
    }
    svg on(chart_.width, chart_.standing ? chart_.height : in_.bottom + 46, chart_.title);
    draw_head(on, chart_.title, chart_.subtitle, legend(), chart_.width);
    for (const std::size_t each : chart_.marked) draw_band(on, each);
    if (chart_.standing) {
      draw_left_axis(on, chart_.value, value_, in_);
    } else {
      draw_bottom_axis(on, chart_.value, value_, in_);
    }
    for (std::size_t i = 0; i < chart_.categories.size(); ++i) draw_category(on, i);
    const double base = value_.base();
    if (chart_.standing) {
      on.line(in_.left, base, in_.right, base, ink::quiet);
    } else {
      on.line(base, in_.top, base, in_.bottom, ink::quiet);
    }
    return on.finished();
  }

 private:
  static std::vector<double> seen(const bar_chart& of) {
    std::vector<double> result = of.limits;
    std::vector<double> sums(of.categories.size(), 0.0);
    for (const bar_series& each : of.series) {
      for (std::size_t i = 0; i < each.values.size() && i < sums.size(); ++i) {
        if (std::isfinite(each.values[i])) sums[i] += each.values[i];
        if (!of.stacked || of.value.logarithmic) result.push_back(each.values[i]);
      }
    }
    if (of.stacked) result.insert(result.end(), sums.begin(), sums.end());
    return result;
  }
  std::vector<legend_entry> legend() const {
    std::vector<legend_entry> result;
    for (std::size_t s = 0; s < chart_.series.size(); ++s) {
      if (!chart_.series[s].name.empty()) result.push_back({chart_.series[s].name, colour_of(s)});
    }
    if (!chart_.limits.empty()) result.push_back({chart_.limit_name, ink::text, sample::tick});
    if (!chart_.marked.empty()) result.push_back({chart_.marked_name, ink::band, sample::band});
    return result;
  }
  double count() const { return static_cast<double>(std::max<std::size_t>(1, chart_.categories.size())); }
  double bars_in_a_category() const {
    return chart_.stacked ? 1 : static_cast<double>(std::max<std::size_t>(1, chart_.series.size()));
  }
  bool is_marked(std::size_t category) const {
    return std::find(chart_.marked.begin(), chart_.marked.end(), category) != chart_.marked.end();
  }
  /// Where a category begins along the axis of categories, and how much room it has.
  double room() const { return (chart_.standing ? in_.right - in_.left : in_.bottom - in_.top) / count(); }
  double begin(std::size_t category) const {
    return (chart_.standing ? in_.left : in_.top) + room() * static_cast<double>(category);
  }

  void draw_band(svg& on, std::size_t category) const {
    if (chart_.standing) {
      on.rectangle(begin(category), in_.top - 12, room(), in_.bottom - in_.top + 12, ink::band);
    } else {
      on.rectangle(margin / 2, begin(category), chart_.width - margin, room(), ink::band);
    }
  }

  void draw_category(svg& on, std::size_t category) const {
    const double gap = std::min(room() * 0.2, 8.0);
    const double thick = (room() - gap) / bars_in_a_category();
    const bool limited = category < chart_.limits.size() && value_.is_shown(chart_.limits[category]);
    const double limit = limited ? value_.at(chart_.limits[category]) : -1;
    double sum = 0;
    bool any = false;
    for (std::size_t s = 0; s < chart_.series.size(); ++s) {
      const std::vector<double>& values = chart_.series[s].values;
      if (category >= values.size() || !value_.is_shown(values[category])) continue;
      const double from = chart_.stacked && any ? value_.at(sum) : value_.base();
      sum = chart_.stacked ? sum + values[category] : values[category];
      any = true;
      const double place = begin(category) + gap / 2 + (chart_.stacked ? 0 : thick * static_cast<double>(s));
      draw_bar(on, place, thick, from, value_.at(sum), colour_of(s));
      if (chart_.numbers && !chart_.stacked) draw_number(on, category, place + thick / 2, thick, sum, limit);
    }
    if (chart_.numbers && chart_.stacked && any)
      draw_number(on, category, begin(category) + room() / 2, thick, sum, limit);
    if (limited) {
      const double a = begin(category) + 1;
      const double b = begin(category) + room() - 1;
      chart_.standing ? on.line(a, limit, b, limit, ink::text, 2.5) : on.line(limit, a, limit, b, ink::text, 2.5);
    }
    draw_label(on, category);
  }

  void draw_bar(svg& on, double place, double thick, double from, double to, std::string_view colour) const {
    const double low = std::min(from, to);
    const double high = std::max(from, to);
    const double inner = std::max(1.0, thick - 1);
    if (chart_.standing) {
      on.rectangle(place, low, inner, high - low, colour);
    } else {
      on.rectangle(low, place, high - low, inner, colour);
    }
  }
  void draw_number(svg& on, std::size_t category, double middle, double thick, double value, double limit) const {
    const std::string_view around = is_marked(category) ? ink::band : ink::background;
    const std::string text = number_text(value);
    const double size = std::min(11.0, std::max(8.0, thick));
    if (!chart_.standing) {
      double x = value_.at(std::max(value, value_.base_number())) + 5;
      // Not across the limit.
      if (limit > x - 4 && limit < x + text_width(text, size) + 3) x = limit + 5;
      on.text(x, middle + size * 0.35, text, {.size = size, .colour = ink::quiet, .around = around});
    } else if (text_width(text, 10) <= thick + 6) {
      on.text(middle, value_.at(value) - 4, text,
              {.where = anchor::middle, .size = 10, .colour = ink::quiet, .around = around});
    }
  }
  void draw_label(svg& on, std::size_t category) const {
    const double middle = begin(category) + room() / 2;
    const std::string& name = chart_.categories[category];
    const bool bold = is_marked(category);
    if (!chart_.standing) {
      on.text(in_.left - 8, middle + 4, name, {.where = anchor::end, .bold = bold});
    } else if (turned_) {
      on.text(middle + 4, in_.bottom + 12, name, {.where = anchor::end, .size = 11, .bold = bold, .turned = -45});
    } else {
      on.text(middle, in_.bottom + 16, name, {.where = anchor::middle, .bold = bold});
    }
  }

  const bar_chart& chart_;
  scale value_;
  area in_{};
  bool turned_ = false;
};

}  // namespace detail

/// The picture of a chart, as the text of an SVG file.
inline std::string draw(const bar_chart& chart) { return detail::bars(chart).picture(); }

}  // namespace cleave_chart
#endif
