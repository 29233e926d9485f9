// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_FIRMWARE_NETWORKS_HPP
#define EXAMPLES_FIRMWARE_NETWORKS_HPP

/// @file
/// The networks of the firmware as the host sees them: where they are cut, their weights, what they are tried on.

#include "../common/idx.hpp"
#include "../digits/digits.hpp"

#include <cleave/weights/file.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef KEYWORDS_WEIGHTS_FILE
#include "../keyword_spotting/sounds.hpp"

#include <keywords.hpp>
#endif

namespace demo {

/// 100 of the held-out pictures, as counts of ink from 0 to 16.
struct firmware_digits {
  static constexpr const auto& graph = digits;
  static constexpr std::size_t cut = 8;
  static constexpr std::size_t inputs_size = 64;
  static constexpr const char* name = "digits";
  static constexpr const char* things = "pictures";
  static constexpr const char* element = "std::uint8_t";

  static std::string weights_file(const std::string& folder) { return folder + "/digits.weights"; }

  static std::vector<std::vector<float>> inputs(const std::string& folder) {
    const auto images = read_idx<std::uint8_t>(folder + "/heldout-images.idx3-ubyte");
    std::vector<std::vector<float>> result(100);
    if (images.values.size() < result.size() * 64) throw std::runtime_error("less than 100 pictures");
    for (std::size_t i = 0; i < result.size() * 64; ++i) result[i / 64].push_back(static_cast<float>(images.values[i]));
    return result;
  }
  static float as_input(float count) { return count / 16; }
  static std::string text(float count) { return std::to_string(static_cast<int>(count)); }
};

#ifdef KEYWORDS_WEIGHTS_FILE
/// Twelve of the held-out sounds, as features.
struct firmware_keywords {
  static constexpr const auto& graph = keywords;
  static constexpr std::size_t cut = 19;
  static constexpr std::size_t inputs_size = features;
  static constexpr const char* name = "keywords";
  static constexpr const char* things = "sounds";
  static constexpr const char* element = "float";

  static std::string weights_file(const std::string&) { return KEYWORDS_WEIGHTS_FILE; }

  static std::vector<std::vector<float>> inputs(const std::string& folder) {
    auto sounds = read_sounds(folder + "/heldout-features.npy", folder + "/heldout-words.npy").inputs;
    sounds.resize(12, std::vector<float>(features));
    return sounds;
  }
  static float as_input(float feature) { return feature; }
  static std::string text(float feature) {
    char digits_of[40];
    std::snprintf(digits_of, sizeof digits_of, "%aF", static_cast<double>(feature));
    return digits_of;
  }
};
#endif

/// The weights of the whole network. Throws std::runtime_error.
template <class Network>
auto firmware_weights(const std::string& folder) {
  auto weights = cleave::load_weights<Network::graph>(Network::weights_file(folder).c_str());
  if (!weights) {
    throw std::runtime_error(Network::weights_file(folder) + ": " + cleave::message(weights.error()));
  }
  return *std::move(weights);
}

}  // namespace demo
#endif
