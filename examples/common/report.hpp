// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_REPORT_HPP
#define EXAMPLES_COMMON_REPORT_HPP

/// @file
/// What a demo prints of what it measured, for people and as JSON.

#include "cuts.hpp"
#include "measure.hpp"
#include "terminal.hpp"

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace demo {

/// What a demo is about.
struct wording {
  std::string title;   ///< "Handwritten digits"
  std::string things;  ///< what is sent: "pictures"
  std::string source;  ///< where they are from: "that training never saw"
  std::string thing;   ///< one of them: "picture"
  std::string answer;  ///< what is named: "digit"
  std::string named;   ///< how: "read"
};

/// Everything that was measured.
struct findings {
  wording words;
  graph_facts graph;
  connection to;
  int server_process = 0;  ///< 0: the server was there already
  int rounds = 1;
  std::vector<numbers> inputs;
  std::vector<int> labels;     ///< what each input is
  std::vector<numbers> whole;  ///< answers of the network in one piece
  samples whole_time;
  std::vector<cut_report> cuts;
};

/// 12.345 as 12.3.
std::string fixed(double value, int places);
std::string percent(std::size_t part, std::size_t whole, int places);

/// What runs where.
void print_beginning(std::ostream& out, const findings& found, const terminal& screen);
/// The table, a line for each cut, and what to make of it.
void print_table(std::ostream& out, findings& found, const terminal& screen);
/// Lines that say whether all was as it must be, and whether it was.
bool print_verdict(std::ostream& out, const findings& found, const terminal& screen);

void print_json(std::ostream& out, findings& found);

}  // namespace demo
#endif
