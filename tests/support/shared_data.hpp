// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_SUPPORT_SHARED_DATA_HPP
#define CLEAVE_TESTS_SUPPORT_SHARED_DATA_HPP

/// @file
/// Data that is too large or not ours to ship: reference models and operator cases, in a folder beside the project or
/// where CLEAVE_SHARED_DATA points. A test that needs them and does not find them is reported as skipped, by name.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace test_support {

/// The path of a file or folder of the shared data, or nothing after saying that the test is skipped:
///     const auto path = test_support::shared_data("onnx_cases");
///     if (!path) return;
inline std::optional<std::filesystem::path> shared_data(const std::string& relative) {
  const char* given = std::getenv("CLEAVE_SHARED_DATA");
  const auto folder = given ? std::filesystem::path{given}
                            : std::filesystem::path{CLEAVE_TEST_SOURCE_DIR}.parent_path() / "shared" / "data";
  const auto path = folder / relative;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path;
  // CTest looks for these words.
  MESSAGE("[skipped] there is no shared data '" << relative << "' (set CLEAVE_SHARED_DATA to its folder)");
  return std::nullopt;
}

}  // namespace test_support
#endif
