// SPDX-License-Identifier: BSL-1.0
// Writes the weights, a picture and the answer to it as arrays for the firmware: make_lenet5_case <header>
#include <cleave/core/random_bits.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>

#include "lenet5.hpp"

namespace {

void write_words(std::FILE* file, const char* name, std::span<const std::byte> bytes) {
  std::fprintf(file, "alignas(64) inline constexpr std::uint32_t %s[%zu] = {", name, bytes.size() / 4);
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word;
    std::memcpy(&word, bytes.data() + at, 4);
    std::fprintf(file, "%s0x%xU,", at % 40 == 0 ? "\n" : "", static_cast<unsigned>(word));
  }
  std::fprintf(file, "\n};\n");
}

}  // namespace

int main(int count, char** arguments) {
  std::FILE* const file = count == 2 ? std::fopen(arguments[1], "w") : nullptr;
  if (!file) return 1;

  const auto weights = cleave::random_weights<lenet5>(42);
  std::array<float, 28 * 28> image;
  cleave::random_bits random{7};
  for (float& pixel : image) pixel = static_cast<float>(random.below(256)) / 256.0F;
  cleave::network<lenet5> whole{weights};
  const auto answer = whole(image);

  std::fprintf(file, "// What the firmware test computes with.\n#include <cstdint>\n");
  std::fprintf(file, "inline constexpr bool answer_is_fused = %s;\n", cleave::native_pack::fused ? "true" : "false");
  write_words(file, "blob", weights.bytes());
  const auto slice = cleave::slice_weights(weights.bytes(), 1, 6);
  if (!slice) return 1;
  write_words(file, "device_blob", slice->all());
  write_words(file, "image_words", std::as_bytes(std::span{image}));
  write_words(file, "answer_words", std::as_bytes(answer));
  return std::fclose(file);
}
