// SPDX-License-Identifier: BSL-1.0
/// @file
/// Turns what train.py learned into a weight blob: cleave_digits_pack parameters.idx1-float digits.weights

#include "../common/idx.hpp"
#include "pack.hpp"

#include <cleave/weights/file.hpp>

#include <exception>
#include <iostream>

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: cleave_digits_pack parameters.idx1-float digits.weights\n";
    return 2;
  }
  try {
    const auto blob = demo::pack(demo::read_idx<float>(words[1]).values);
    if (const auto saved = cleave::save_bytes(words[2], blob.bytes()); !saved) {
      std::cerr << words[2] << ": " << cleave::message(saved.error()) << '\n';
      return 1;
    }
    std::cout << "wrote " << words[2] << ": " << blob.bytes().size() << " bytes\n";
  } catch (const std::exception& error) {
    std::cerr << words[1] << ": " << error.what() << '\n';
    return 1;
  }
}
