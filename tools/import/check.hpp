// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_CHECK_HPP
#define TOOLS_IMPORT_CHECK_HPP

/// @file
/// Does the imported network compute what it should?

#include <string>
#include <vector>

#include "data.hpp"
#include "finish.hpp"
#include "model.hpp"

namespace importer {

/// How far numbers lie apart.
struct difference {
  double largest = 0;
  std::size_t place = 0;
  double range = 0;  ///< from the smallest to the largest expected number, 0 included

  double relative() const { return range > 0 ? largest / range : largest; }
};
difference difference_of(const std::vector<float>& made, const std::vector<float>& expected);

/// Runs every sample and compares the outputs. Returns what to print. Throws `refusal` where one differs by more than
/// `tolerance` of the range that the output has over all samples, and says at which of the model's nodes the difference
/// begins.
std::string check(const finished& of, const model& source, const std::vector<sample>& samples, double tolerance);

}  // namespace importer
#endif
