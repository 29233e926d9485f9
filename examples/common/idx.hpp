// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_IDX_HPP
#define EXAMPLES_COMMON_IDX_HPP

/// @file
/// Reads IDX files, the format of MNIST: two zero bytes, the element type, the number of dimensions, a
/// big-endian 32-bit size for each, then the elements, big-endian too.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace demo {

template <class Element>
struct idx_array {
  std::vector<std::size_t> sizes;
  std::vector<Element> values;
};

/// What `Element` is called in an IDX file.
template <class Element>
  requires std::same_as<Element, std::uint8_t> || std::same_as<Element, float>
inline constexpr unsigned idx_code = std::same_as<Element, float> ? 0x0d : 0x08;

/// Takes the bytes of an IDX file apart. Throws std::runtime_error, which says what is wrong with them.
template <class Element>
idx_array<Element> parse_idx(std::span<const std::uint8_t> bytes) {
  const auto word = [&](std::size_t at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
           std::uint32_t{bytes[at + 3]};
  };
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0 || bytes[3] == 0) throw std::runtime_error("not an IDX file");
  if (bytes[2] != idx_code<Element>) {
    throw std::runtime_error("an IDX file of element type " + std::to_string(bytes[2]) + ", " +
                             std::to_string(idx_code<Element>) + " is needed");
  }
  const std::size_t header = 4 + 4 * std::size_t{bytes[3]};
  if (bytes.size() < header) throw std::runtime_error("an IDX file that ends in its header");

  idx_array<Element> result;
  const std::size_t held = (bytes.size() - header) / sizeof(Element);
  std::size_t announced = 1;
  for (std::size_t at = 4; at < header; at += 4) {
    const std::size_t size = word(at);
    // Division instead of a product that may overflow: sizes come from a file.
    if (size != 0 && announced > held / size) throw std::runtime_error("an IDX file shorter than its header says");
    announced *= size;
    result.sizes.push_back(size);
  }
  if (bytes.size() != header + announced * sizeof(Element)) {
    throw std::runtime_error("an IDX file longer than its header says");
  }
  result.values.reserve(announced);
  for (std::size_t at = header; at < bytes.size(); at += sizeof(Element)) {
    if constexpr (std::same_as<Element, float>) {
      result.values.push_back(std::bit_cast<float>(word(at)));
    } else {
      result.values.push_back(bytes[at]);
    }
  }
  return result;
}

/// All bytes of a file. Throws std::runtime_error, which names the file.
inline std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) throw std::runtime_error(path.string() + ": can not be opened");
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) throw std::runtime_error(path.string() + ": can not be read");
  return bytes;
}

/// Reads an IDX file. Throws std::runtime_error, which names the file and says what is wrong with it.
template <class Element>
idx_array<Element> read_idx(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return parse_idx<Element>(bytes);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
}

}  // namespace demo
#endif
