// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TOOLS_CHART_CHART_HPP
#define CLEAVE_TOOLS_CHART_CHART_HPP

/// @file
/// Charts as SVG files for documents, with the standard library alone. A chart is a value that is filled in and drawn:
///     cleave_chart::bar_chart chart{.title = "Time per cut", .value = {.label = "time, ms"}, .categories = {"1",
///     "2"}}; chart.series = {{"device", {3, 4}}, {"link", {9, 2}}}; chart.stacked = true; chart.marked_name = "best";
///     chart.marked = {1};
///     cleave_chart::write_file("cuts.svg", draw(chart));

#include "bar_chart.hpp"
#include "line_chart.hpp"

#endif
