// SPDX-License-Identifier: BSL-1.0
#include <cleave/cleave.hpp>
#include <digits.hpp>

int main() {
  const auto weights = cleave::load_weights<digits>(DIGITS_WEIGHTS_FILE);
  if (!weights) return 1;
  const auto whole = cleave::make_network<digits>(*weights);
  const float picture[64] = {};
  const auto probabilities = (*whole)(picture);
  return probabilities[0] >= 0 && probabilities[0] <= 1 ? 0 : 1;
}
