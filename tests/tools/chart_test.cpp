// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "../../tools/chart/chart.hpp"

using namespace cleave_chart;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct box {
  double x, y, width, height;
};

/// The rectangles of a colour, in the order in which they are drawn.
std::vector<box> boxes(const std::string& picture, std::string_view colour) {
  const std::regex one("<rect x=\"([^\"]+)\" y=\"([^\"]+)\" width=\"([^\"]+)\" height=\"([^\"]+)\" fill=\"" +
                       std::string(colour) + "\"/>");
  std::vector<box> found;
  for (std::sregex_iterator at(picture.begin(), picture.end(), one); at != std::sregex_iterator(); ++at) {
    found.push_back({std::stod((*at)[1]), std::stod((*at)[2]), std::stod((*at)[3]), std::stod((*at)[4])});
  }
  return found;
}

bool has(const std::string& picture, const std::string& text) { return picture.find(text) != std::string::npos; }

/// Every tag that opens also closes.
bool is_well_formed(const std::string& picture) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z]+)[^>]*?(/?)>");
  for (std::sregex_iterator at(picture.begin(), picture.end(), tag); at != std::sregex_iterator(); ++at) {
    if ((*at)[3] == "/") continue;
    if ((*at)[1] == "/") {
      if (open.empty() || open.back() != (*at)[2]) return false;
      open.pop_back();
    } else {
      open.push_back((*at)[2]);
    }
  }
  return open.empty();
}

bar_chart two_bars() {
  bar_chart chart{.title = "Time", .value = {.label = "time, us"}, .categories = {"one", "two"}};
  chart.series = {{"cleave", {10, 20}}, {"other", {none, 40}}};
  return chart;
}

}  // namespace

TEST_CASE("bars are as long as their numbers, and what has no number has no bar") {
  const std::string picture = draw(two_bars());
  CHECK(is_well_formed(picture));
  const std::vector<box> ours = boxes(picture, colour_of(0));
  const std::vector<box> others = boxes(picture, colour_of(1));
  REQUIRE(ours.size() == 2);
  REQUIRE(others.size() == 1);
  CHECK(ours[1].width == doctest::Approx(2 * ours[0].width).epsilon(0.001));
  CHECK(others[0].width == doctest::Approx(4 * ours[0].width).epsilon(0.001));
}

TEST_CASE("bars of ratios begin at 1, also on a logarithmic axis, and go both ways") {
  bar_chart chart{.title = "Speed-up",
                  .value = {.label = "times", .logarithmic = true, .base = 1},
                  .categories = {"slower", "same", "faster"}};
  chart.series = {{"cut", {0.5, 1, 2}}};
  const auto bars = boxes(draw(chart), palette[0]);
  REQUIRE(bars.size() == 3);
  CHECK(bars[0].x + bars[0].width == doctest::Approx(bars[2].x));
  CHECK(bars[0].width == doctest::Approx(bars[2].width).epsilon(0.001));
  CHECK(bars[1].width == doctest::Approx(0));
}

TEST_CASE("numbers keep lines away from them, in the colour that is behind them") {
  bar_chart chart = two_bars();
  chart.marked = {1};
  chart.marked_name = "best";
  const std::string picture = draw(chart);
  CHECK(has(picture, "stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">10<"));
  CHECK(has(picture, "stroke=\"#fff3c4\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">20<"));
}

TEST_CASE("stacked bars begin where the one below ends") {
  bar_chart chart = two_bars();
  chart.stacked = true;
  chart.standing = true;
  chart.marked = {1};
  chart.marked_name = "best";
  const std::string picture = draw(chart);
  const std::vector<box> below = boxes(picture, colour_of(0));
  const std::vector<box> above = boxes(picture, colour_of(1));
  REQUIRE(below.size() == 2);
  REQUIRE(above.size() == 1);
  CHECK(above[0].y + above[0].height == doctest::Approx(below[1].y).epsilon(0.001));
  CHECK(above[0].height == doctest::Approx(2 * below[1].height).epsilon(0.001));
  // The band of the marked category, and its sample in the legend.
  CHECK(boxes(picture, ink::band).size() == 2);
  CHECK(has(picture, ">best<"));
  CHECK(has(picture, ">60<"));
}

TEST_CASE("a limit is drawn across the bars of its category alone") {
  bar_chart chart = two_bars();
  const auto ticks = [](const std::string& picture) {
    const std::regex wide("stroke-width=\"2.5\"");
    return std::distance(std::sregex_iterator(picture.begin(), picture.end(), wide), std::sregex_iterator());
  };
  CHECK(ticks(draw(chart)) == 0);
  chart.limits = {none, 30};
  chart.limit_name = "limit";
  CHECK(ticks(draw(chart)) == 1);
}

TEST_CASE("words of a chart can not break its file") {
  bar_chart chart = two_bars();
  chart.title = "a < b & \"c\" > d";
  const std::string picture = draw(chart);
  CHECK(is_well_formed(picture));
  CHECK(has(picture, "a &lt; b &amp; &quot;c&quot; &gt; d"));
}

TEST_CASE("a picture has an opaque background of its own size") {
  const std::vector<box> all = boxes(draw(line_chart{.title = "nothing"}), ink::background);
  REQUIRE(all.size() == 1);
  CHECK(all[0].width == 860);
  CHECK(all[0].height == 420);
}

TEST_CASE("lines are interrupted where a number is missing") {
  line_chart chart{.title = "t", .x = {.label = "x"}, .y = {.label = "y"}};
  chart.series = {{"s", {{0, 1}, {1, 2}, {2, none}, {3, 4}, {4, 5}}}};
  const std::string picture = draw(chart);
  const std::regex line("<polyline");
  CHECK(std::distance(std::sregex_iterator(picture.begin(), picture.end(), line), std::sregex_iterator()) == 2);
  CHECK(is_well_formed(picture));
}

TEST_CASE("a logarithmic axis gives each factor of ten the same room") {
  scale of({.logarithmic = true}, {0.1, -5, 1000}, false);
  of.place(0, 400);
  CHECK(of.at(0.1) == doctest::Approx(0));
  CHECK(of.at(1) == doctest::Approx(100));
  CHECK(of.at(10) == doctest::Approx(200));
  CHECK(of.at(1000) == doctest::Approx(400));
  CHECK(of.ticks() == std::vector<double>{0.1, 1, 10, 100, 1000});
}

TEST_CASE("a linear axis ends at round numbers around all numbers") {
  const scale of({}, {3, 97}, true);
  CHECK(of.least() == 0);
  CHECK(of.most() == 100);
  CHECK(of.ticks() == std::vector<double>{0, 20, 40, 60, 80, 100});
  const scale given({.least = 0.5, .most = 1.0}, {0.6, 0.9}, true);
  CHECK(given.least() == 0.5);
  CHECK(given.most() == 1.0);
}

TEST_CASE("numbers are written short") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(0.71) == "0.71");
  CHECK(number_text(1234.5678) == "1235");
  CHECK(number_text(20000) == "20000");
  CHECK(number_text(0.00123456) == "0.001235");
  CHECK(number_text(1e9) == "1e+09");
  CHECK(number_text(-2.5) == "-2.5");
}
