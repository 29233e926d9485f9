// SPDX-License-Identifier: BSL-1.0
#include "../../examples/common/idx.hpp"
#include "../../examples/digits/pack.hpp"
#include "../../examples/digits/pictures.hpp"

#include <cleave/network/network.hpp>
#include <cleave/weights/file.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <vector>

namespace {

const std::filesystem::path folder = std::filesystem::path(CLEAVE_TEST_SOURCE_DIR) / "examples" / "digits";

struct tally {
  std::size_t right = 0;         ///< answers that name what the picture shows
  std::size_t same_digit = 0;    ///< answers that name the digit that PyTorch names
  float largest_difference = 0;  ///< of a probability from PyTorch's
};

template <class Weights>
tally classify_held_out_set(const Weights& weights) {
  const auto pictures = demo::read_held_out(folder);
  const auto expected = demo::read_idx<float>(folder / "heldout-probabilities.idx2-float");
  cleave::network<digits> network{weights};
  tally result;
  for (std::size_t at = 0; at < pictures.size(); ++at) {
    const auto answer = network(demo::as_input(pictures[at].counts));
    const float* torch = &expected.values[at * 10];
    const auto digit = std::max_element(answer.begin(), answer.end()) - answer.begin();
    result.right += digit == pictures[at].label;
    result.same_digit += digit == std::max_element(torch, torch + 10) - torch;
    for (std::size_t i = 0; i < 10; ++i) {
      result.largest_difference = std::max(result.largest_difference, std::abs(answer[i] - torch[i]));
    }
  }
  return result;
}

}  // namespace

TEST_CASE("the committed blob is what the committed parameters pack to") {
  const auto blob = demo::pack(demo::read_idx<float>(folder / "parameters.idx1-float").values);
  const auto committed = cleave::load_weights<digits>((folder / "digits.weights").c_str());
  REQUIRE(committed);
  CHECK(std::equal(blob.bytes().begin(), blob.bytes().end(), committed->bytes().begin(), committed->bytes().end()));
}

TEST_CASE("the network answers as PyTorch does and reads 398 of 400 held-out digits") {
  const auto weights = cleave::load_weights<digits>((folder / "digits.weights").c_str());
  REQUIRE(weights);
  const tally found = classify_held_out_set(*weights);
  CHECK(found.right == 398);
  CHECK(found.same_digit == 400);
  CHECK(found.largest_difference < 2e-6f);
}

TEST_CASE("parameters of another network are refused") {
  auto parameters = demo::read_idx<float>(folder / "parameters.idx1-float").values;
  parameters.push_back(0);
  CHECK_THROWS_WITH(demo::pack(parameters), "more numbers than the network has");
  parameters.resize(parameters.size() - 2);
  CHECK_THROWS_WITH(demo::pack(parameters), "fewer numbers than the network has");
}

TEST_CASE("the device half fits a small device") {
  static_assert(cleave::network<digits>::workspace_bytes <= 16 * 1024);
  static_assert(digits.weight_bytes <= 64 * 1024);
}
