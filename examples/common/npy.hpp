// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_NPY_HPP
#define EXAMPLES_COMMON_NPY_HPP

/// @file
/// Reads arrays of numpy (.npy, versions 1 to 3): a header in words, then the elements in C order.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

struct npy_array {
  std::vector<std::size_t> sizes;
  std::vector<float> values;
};

static_assert(std::endian::native == std::endian::little, "elements are taken as they lie in the file");

/// Takes the bytes of a .npy file of small integers or single floats apart. Throws std::runtime_error, which says what
/// is wrong with them.
inline npy_array parse_npy(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view magic = "\x93NUMPY";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < 12 || !text.starts_with(magic)) throw std::runtime_error("not an array of numpy");
  const std::size_t begin = bytes[6] == 1 ? 10 : 12;
  const std::size_t length =
      bytes[8] + std::size_t{bytes[9]} * 256 + (begin == 12 ? bytes[10] * std::size_t{65536} : 0);
  if (text.size() < begin || length > text.size() - begin) throw std::runtime_error("an array that ends in its header");
  const std::string_view header = text.substr(begin, length);
  const std::string_view elements = text.substr(begin + length);

  const auto after = [&](std::string_view key) {
    const auto at = header.find(key);
    if (at == header.npos) throw std::runtime_error("an array whose header lacks " + std::string(key));
    return header.substr(at + key.size());
  };
  if (!after("'fortran_order': ").starts_with("False")) throw std::runtime_error("an array in Fortran order");

  npy_array result;
  const std::string_view shape = after("'shape': (");
  std::size_t count = 1;
  for (std::size_t at = 0; at < shape.size() && shape[at] != ')';) {
    if (shape[at] < '0' || shape[at] > '9') {
      ++at;
      continue;
    }
    std::size_t size = 0;
    for (; at < shape.size() && shape[at] >= '0' && shape[at] <= '9'; ++at) {
      size = 10 * size + static_cast<std::size_t>(shape[at] - '0');
      if (size > elements.size()) throw std::runtime_error("an array shorter than its header says");
    }
    // Division instead of a product that may overflow: sizes come from a file.
    if (size != 0 && count > elements.size() / size) throw std::runtime_error("an array shorter than its header says");
    count *= size;
    result.sizes.push_back(size);
  }

  const auto take = [&]<class Element>(Element) {
    if (elements.size() != count * sizeof(Element)) {
      throw std::runtime_error("an array of another length than its header says");
    }
    result.values.reserve(count);
    for (std::size_t at = 0; at < elements.size(); at += sizeof(Element)) {
      Element element{};
      std::memcpy(&element, elements.data() + at, sizeof element);
      result.values.push_back(static_cast<float>(element));
    }
  };
  const std::string_view type = after("'descr': '").substr(0, 3);
  if (type == "<f4") {
    take(float{});
  } else if (type == "|i1") {
    take(std::int8_t{});
  } else if (type == "|u1") {
    take(std::uint8_t{});
  } else if (type == "<i8") {
    take(std::int64_t{});
  } else {
    throw std::runtime_error("an array of elements of type " + std::string(type));
  }
  return result;
}

/// Reads such a file. Throws std::runtime_error, which names the file.
inline npy_array read_npy(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": can not be opened");
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  try {
    return parse_npy(bytes);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
}

}  // namespace demo
#endif
