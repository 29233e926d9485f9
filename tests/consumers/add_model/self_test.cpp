// SPDX-License-Identifier: BSL-1.0
#include <cleave/cleave.hpp>
#include <filters.hpp>
#include <filters_vector.hpp>
#include <filters_weights.hpp>

int main() {
  const auto weights = cleave::view_weights<filters>(filters_weights());
  if (!weights) return 1;
  const auto whole = cleave::make_network<filters>(*weights);
  const auto answer = (*whole)(filters_input);
  for (std::size_t i = 0; i < answer.size(); ++i) {
    const float apart = answer[i] - filters_output[i];
    if (!(apart < 1e-4F && apart > -1e-4F)) return 2;
  }
  return answer.size() == sizeof filters_output / sizeof(float) ? 0 : 3;
}
