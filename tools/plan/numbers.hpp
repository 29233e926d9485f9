// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_NUMBERS_HPP
#define TOOLS_PLAN_NUMBERS_HPP

/// @file
/// Numbers as words of a command line: those of CLI11 let NaN through, and print the largest double.

#include <CLI/CLI.hpp>
#include <cmath>
#include <exception>
#include <string>

namespace planning {

/// Whether all of `text` is a finite number, and which.
inline bool read_number(const std::string& text, double& value) {
  std::size_t used = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    return false;
  }
  return used == text.size() && std::isfinite(value);
}

inline const CLI::Validator above_zero{[](const std::string& text) -> std::string {
                                         double value = 0;
                                         if (read_number(text, value) && value > 0) return {};
                                         return "'" + text + "' is no number above 0";
                                       },
                                       "> 0"};

inline const CLI::Validator not_negative{[](const std::string& text) -> std::string {
                                           double value = 0;
                                           if (read_number(text, value) && value >= 0) return {};
                                           return "'" + text + "' is no number from 0 upwards";
                                         },
                                         ">= 0"};

}  // namespace planning
#endif
