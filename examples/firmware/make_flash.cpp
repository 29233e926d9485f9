// SPDX-License-Identifier: BSL-1.0
/// @file
/// Writes what goes into the device's flash as arrays: its slice of the weights, and the inputs it is tried on.
///
///     firmware_make_flash digits <examples/digits> <out.hpp>
///     firmware_make_flash keywords <examples/keyword_spotting> <out.hpp>

#include "../digits/digits.hpp"
#include "networks.hpp"

#include <cleave/weights/file.hpp>
#include <cleave/weights/slice.hpp>

#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace {

template <class Network>
void write(std::ostream& out, const std::string& folder) {
  const auto weights = demo::firmware_weights<Network>(folder);
  const auto slice = cleave::slice_weights(weights.bytes(), 1, Network::cut);
  if (!slice) throw std::runtime_error(cleave::message(slice.error()));
  const std::string name = Network::name;
  out << "// Made by firmware_make_flash.\n#include <cstdint>\n";
  const auto bytes = slice->all();
  out << "alignas(64) inline constexpr std::uint32_t " << name << "_weights[" << bytes.size() / 4 << "] = {";
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word;
    std::memcpy(&word, bytes.data() + at, 4);
    out << (at % 40 == 0 ? "\n" : "") << word << "u,";
  }
  const auto inputs = Network::inputs(folder);
  out << "\n};\ninline constexpr " << Network::element << ' ' << name << '_' << Network::things << '[' << inputs.size()
      << "][" << inputs[0].size() << "] = {\n";
  for (const auto& each : inputs) {
    out << '{';
    for (const float value : each) out << Network::text(value) << ',';
    out << "},\n";
  }
  out << "};\n";
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  try {
    std::ofstream out(words[3]);
    if (words[1] == std::string("digits")) write<demo::firmware_digits>(out, words[2]);
#ifdef KEYWORDS_WEIGHTS_FILE
    if (words[1] == std::string("keywords")) write<demo::firmware_keywords>(out, words[2]);
#endif
    if (!out.flush()) throw std::runtime_error(std::string(words[3]) + ": can not be written");
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
