// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_KEYWORD_SPOTTING_SOUNDS_HPP
#define EXAMPLES_KEYWORD_SPOTTING_SOUNDS_HPP

/// @file
/// Seconds of sound as the network takes them, and the words in them.

#include "../common/npy.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// The words in the order of the network's answers.
inline constexpr std::array<std::string_view, 12> words{"down",  "go",   "left", "no",  "off",       "on",
                                                        "right", "stop", "up",   "yes", "(silence)", "(another)"};
inline constexpr std::size_t features = 49 * 10;

struct labelled_sounds {
  std::vector<std::vector<float>> inputs;
  std::vector<int> labels;
};

/// Reads the features (sounds x 1 x 49 x 10) and the number of the word in each. Throws std::runtime_error, which names
/// the file that is missing or does not fit.
inline labelled_sounds read_sounds(const std::filesystem::path& feature_file, const std::filesystem::path& word_file) {
  const npy_array sounds = read_npy(feature_file);
  const npy_array spoken = read_npy(word_file);
  if (sounds.sizes.empty() || sounds.sizes[0] == 0 || sounds.values.size() != sounds.sizes[0] * features ||
      sounds.sizes.back() != 10) {
    throw std::runtime_error(feature_file.string() + ": the sounds are not of 49 frames of 10 features");
  }
  if (spoken.values.size() != sounds.sizes[0]) {
    throw std::runtime_error(word_file.string() + ": not as many words as there are sounds");
  }
  labelled_sounds result;
  for (std::size_t at = 0; at < sounds.sizes[0]; ++at) {
    const float label = spoken.values[at];
    if (!(label >= 0 && label < static_cast<float>(words.size()))) {
      throw std::runtime_error(word_file.string() + ": there are " + std::to_string(words.size()) + " words");
    }
    const auto* const first = sounds.values.data() + at * features;
    result.inputs.emplace_back(first, first + features);
    result.labels.push_back(static_cast<int>(label));
  }
  return result;
}

}  // namespace demo
#endif
