// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_REPORT_HPP
#define EXAMPLES_DIGITS_REPORT_HPP

/// @file
/// What the demo prints, for people and as JSON.

#include "../common/terminal.hpp"
#include "measure.hpp"
#include "pictures.hpp"

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace demo {

/// Everything that was measured.
struct findings {
  connection to;
  int server_process = 0;  ///< 0: the server was there already
  int rounds = 1;
  std::vector<labelled_digit> pictures;
  std::vector<answer> whole;  ///< of the network in one piece
  samples whole_time;
  std::vector<cut_report> cuts;
};

/// The cut's label, or what the layer before it does.
std::string name_of_cut(std::size_t cut);

/// What runs where.
void print_beginning(std::ostream& out, const findings& found, const terminal& screen);
/// A digit of each kind and every wrong answer.
void print_digits(std::ostream& out, const findings& found, const terminal& screen);
/// The table, a line for each cut, and what to make of it.
void print_table(std::ostream& out, findings& found, const terminal& screen);
/// One picture of the user's: how the network sees it and the ten probabilities.
void print_picture(std::ostream& out, const std::string& name, const digit_counts& counts, const answer& probabilities,
                   const terminal& screen);

/// A line that says whether all was as it must be, and whether it was.
bool print_verdict(std::ostream& out, const findings& found, const terminal& screen);

void print_json(std::ostream& out, findings& found);

}  // namespace demo
#endif
