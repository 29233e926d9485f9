// SPDX-License-Identifier: BSL-1.0
#include "../../examples/common/npy.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

std::vector<std::uint8_t> npy(std::string header, const std::string& elements) {
  header += '\n';
  std::string text = std::string("\x93NUMPY\x01") + '\0' + static_cast<char>(header.size()) + '\0' + header + elements;
  return {text.begin(), text.end()};
}

std::string complaint(const std::vector<std::uint8_t>& bytes) {
  try {
    (void)demo::parse_npy(bytes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

const std::string bytes_of_2x3 = "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }";

}  // namespace

TEST_CASE("an array of numpy is read with its sizes") {
  const auto read = demo::parse_npy(npy(bytes_of_2x3, "\x01\x02\x7f\xff\x80\x03"));
  CHECK(read.sizes == std::vector<std::size_t>{2, 3});
  CHECK(read.values == std::vector<float>{1, 2, 127, -1, -128, 3});
}

TEST_CASE("single floats and long integers are read too") {
  const auto floats = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", std::string("\0\0\xc0\xbf", 4));
  CHECK(demo::parse_npy(floats).values == std::vector<float>{-1.5F});
  const auto longs =
      npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", std::string("\x0b\0\0\0\0\0\0\0", 8));
  CHECK(demo::parse_npy(longs).values == std::vector<float>{11});
}

TEST_CASE("an array of numpy that is cut short anywhere is refused") {
  const auto whole = npy(bytes_of_2x3, "abcdef");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(complaint({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}).empty());
  }
}

TEST_CASE("what is wrong with an array of numpy is said") {
  CHECK(complaint(npy(bytes_of_2x3, "abcdefg")) == "an array of another length than its header says");
  CHECK(complaint(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }", "abcdef")) ==
        "an array in Fortran order");
  CHECK(complaint(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "abcdefgh")) ==
        "an array of elements of type <c8");
  CHECK(complaint(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (99999999999999999999, 9), }", "abcdef")) ==
        "an array shorter than its header says");
  CHECK(complaint({'P', '5', ' ', '8', ' ', '8', ' ', '2', '5', '5', '\n', 'x'}) == "not an array of numpy");
}
