// SPDX-License-Identifier: BSL-1.0
/// @file
/// Stands for training: writes weights that know nothing, and prints what the whole network answers.
///
///     two_processes_train lenet5.weights

#include <cstdio>

#include "lenet5.hpp"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto weights = cleave::random_weights<lenet5>(42);
  if (const auto saved = cleave::save_bytes(arguments[1], weights.bytes()); !saved)
    return failed(arguments[1], saved.error());
  cleave::network<lenet5> whole{weights};
  for (const float each : whole(take_picture())) std::printf("%a\n", static_cast<double>(each));
}
