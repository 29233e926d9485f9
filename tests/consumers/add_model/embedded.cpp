// SPDX-License-Identifier: BSL-1.0
#include <cleave/cleave.hpp>
#include <digits.hpp>
#include <digits_weights.hpp>

int main() {
  const auto weights = cleave::view_weights<digits>(digits_weights());
  if (!weights) return 1;
  const auto whole = cleave::make_network<digits>(*weights);
  const float picture[64] = {};
  const auto probabilities = (*whole)(picture);
  return probabilities[0] >= 0 && probabilities[0] <= 1 ? 0 : 1;
}
