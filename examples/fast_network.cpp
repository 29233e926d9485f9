// SPDX-License-Identifier: BSL-1.0
//
// The same network computed in order and, where its options permit it, in Winograd's form: about the same numbers, in
// less time. Run it: it prints how far the two are apart.
#include <array>
#include <cleave/cleave.hpp>
#include <cleave/models/resnet8.hpp>
#include <cmath>
#include <cstdio>

int main() {
  constexpr auto& net = cleave::models::resnet8;
  const auto weights = cleave::random_weights<net>(1);
  std::array<float, 32 * 32 * 3> picture;
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i % 17) * 0.1F - 0.8F;

  const auto in_order = cleave::make_network<net>(weights);
  // [fast]
  // Once: the weights of 3x3 convolutions in the form that these options want. All networks with them share it.
  const auto prepared = cleave::prepare_weights<net, cleave::fast_options>(weights);
  const auto fast = cleave::make_network<net, cleave::fast_options>(prepared);
  // [/fast]

  const auto exact = (*in_order)(picture);
  const auto near = (*fast)(picture);
  float difference = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) difference = std::fmax(difference, std::fabs(exact[i] - near[i]));
  std::printf("ten probabilities, at most 0.00001 apart: %s\n", difference < 1e-5F ? "yes" : "no");
  std::printf("prepared weights: %zu bytes\n", cleave::prepared_weights<net, cleave::fast_options>::bytes);
}
