// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_SCALAR_UNIT_HPP
#define CLEAVE_TESTS_NETWORK_SCALAR_UNIT_HPP

/// @file
/// A unit whose native pack is another one than that of the rest of the program, as when units are compiled for
/// different processors.

#include <cstddef>
#include <string>
#include <vector>

struct unit_report {
  std::string network_type;
  std::size_t network_size = 0;
  std::size_t lanes = 0;
  std::vector<float> answer;
};

unit_report scalar_unit();

#endif
