// SPDX-License-Identifier: BSL-1.0
/// @file
/// The least that a program with an imported network needs: one held-out sound, whole and in two halves.

// [graph]
#include <keywords.hpp>  // inline constexpr auto keywords = cleave::graph{...}
// [/graph]

#include "sounds.hpp"

#include <cleave/weights/file.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <span>

namespace {

void run(std::span<const float, demo::features> sound) {
  // [run]
  const auto weights = cleave::load_weights<keywords>(KEYWORDS_WEIGHTS_FILE);
  if (!weights) throw std::runtime_error(cleave::message(weights.error()));

  cleave::network<keywords> whole{*weights};
  auto [device, remote] = whole.split<19>();         // behind the global average: 256 bytes cross
  const auto probabilities = remote(device(sound));  // std::span<const float, 12>
  // [/run]
  const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  const auto same = std::ranges::equal(probabilities, whole(sound));
  std::cout << demo::words[static_cast<std::size_t>(best)] << (same ? ", as the whole network says\n" : " or not\n");
}

}  // namespace

int main() {
  try {
    const demo::labelled_sounds sounds =
        demo::read_sounds(CLEAVE_KEYWORDS_FOLDER "/heldout-features.npy", CLEAVE_KEYWORDS_FOLDER "/heldout-words.npy");
    run(std::span<const float, demo::features>{sounds.inputs[0].data(), demo::features});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
