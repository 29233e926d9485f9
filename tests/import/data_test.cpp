// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <stdlib.h>
#include <unistd.h>

#include "data.hpp"
#include "refusal.hpp"

namespace {

/// A .npy file with this header and these bytes behind it, and what is said of it.
struct npy_file {
  explicit npy_file(std::string header, std::size_t count, char fill = '\0') {
    std::string pattern = (std::filesystem::temp_directory_path() / "cleave_npy_XXXXXX").string();
    ::close(::mkstemp(pattern.data()));
    path = pattern;
    header.resize(117, ' ');
    std::ofstream{path, std::ios::binary} << "\x93NUMPY" << '\1' << '\0' << '\x76' << '\0' << header << '\n'
                                          << std::string(count, fill);
  }
  ~npy_file() { std::filesystem::remove(path); }
  npy_file(const npy_file&) = delete;
  npy_file& operator=(const npy_file&) = delete;

  std::string refusal() const {
    try {
      (void)importer::read_data(path);
    } catch (const importer::refusal& refused) {
      return refused.what();
    }
    return "";
  }
  std::string path;
};

bool says(const npy_file& file, const std::string& words) {
  const std::string refusal = file.refusal();
  INFO(refusal);
  return refusal.find(words) != std::string::npos;
}

const std::string floats = "{'descr': '<f4', 'fortran_order': False, 'shape': ";

}  // namespace

TEST_CASE("floats and integers of .npy files are read with their sizes") {
  const npy_file file{floats + "(2, 3), }", 24};
  CHECK(importer::read_data(file.path).dims == importer::sizes{2, 3});
  const npy_file single{floats + "(), }", 4};
  CHECK(importer::read_data(single.path).dims.empty());
  const npy_file whole{"{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", 8, '\1'};
  CHECK(importer::read_data(whole.path).integers == std::vector<std::int64_t>{0x0101010101010101});
}

TEST_CASE(".npy files that are damaged are refused") {
  CHECK(says(npy_file{floats + "(2, 3), }", 20}, "it holds 5 elements and should hold 6"));
  CHECK(says(npy_file{floats + "(2, 3), }", 28}, "it holds 7 elements and should hold 6"));
  CHECK(says(npy_file{floats + "(999999999, 999999999, 999999999), }", 4}, "it is cut short"));
  CHECK(says(npy_file{"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 4}, "fortran_order"));
  CHECK(says(npy_file{"{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), }", 8},
             "elements of type 'c8' are not known"));
  CHECK(says(npy_file{"{'fortran_order': False, 'shape': (1, 1), }", 8}, "its header has no 'descr'"));
  CHECK(says(npy_file{"{'fortran_order': False, 'shape': (1, 1), 'descr':", 8}, "does not say what it holds"));
  CHECK(says(npy_file{"", 0}, "its header has no"));
}
