// SPDX-License-Identifier: BSL-1.0
// Inception-v3 whole, cut at run time and split at ten cuts, with random weights: a complete program.
#include "whole_and_cuts.hpp"

#include <cleave/models/inception_v3.hpp>

int main() { return compile_time::whole_and_cuts<cleave::models::inception_v3>(); }
