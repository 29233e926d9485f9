// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/djinn_lenet.hpp>

#include "check_model.hpp"

TEST_CASE("the lenet of djinn gives the bits of its layers, whole and behind every cut") {
  zoo::check<cleave::models::djinn_lenet>();
}

TEST_CASE("a query of djinn's lenet is a run for each of its pictures") {
  constexpr const auto& lenet = cleave::models::djinn_lenet;
  const auto weights = cleave::random_weights<cleave::models::djinn_lenet>(42);
  cleave::network<cleave::models::djinn_lenet> whole{weights};
  auto [device, remote] = whole.split<"pool2">();
  cleave::random_bits random{3};
  std::vector<int> answers(10);
  for (std::size_t picture = 0; picture < cleave::models::djinn_lenet_pictures; ++picture) {
    std::vector<float> pixels(28 * 28);
    for (float& each : pixels) each = (static_cast<float>(random.below(2049)) - 1024) / 1024;
    const std::span<const float, 28 * 28> image{pixels};
    const int answer = remote(device(image))[0];
    REQUIRE(answer >= 0);
    REQUIRE(answer < 10);
    CHECK(answer == whole(image)[0]);
    const auto values = reference_network::run(lenet, weights.source(), {pixels});
    const auto& shares = values[values.size() - 2];
    CHECK(answer == std::max_element(shares.begin(), shares.end()) - shares.begin());
    ++answers[static_cast<std::size_t>(answer)];
  }
  // The pictures are told apart.
  CHECK(std::count(answers.begin(), answers.end(), 0) < 9);
}
