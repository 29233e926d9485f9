// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_SHOW_HPP
#define EXAMPLES_DIGITS_SHOW_HPP

/// @file
/// Digits on the screen, with what the network says of them.

#include "../common/report.hpp"
#include "fit.hpp"
#include "pictures.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace demo {

/// A digit of each kind and every wrong answer.
void print_digits(std::ostream& out, const findings& found, const std::vector<labelled_digit>& pictures,
                  const terminal& screen);

/// One picture of the user's: how the network sees it and the ten probabilities.
void print_picture(std::ostream& out, const std::string& name, const digit_counts& counts, const numbers& probabilities,
                   const terminal& screen);

}  // namespace demo
#endif
