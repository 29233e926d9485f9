// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "check.hpp"
#include "data.hpp"
#include "import_model.hpp"

TEST_CASE("convolutions of every kind, pools, products and Resize agree with ONNX Runtime") {
  namespace fs = std::filesystem;
  int compared = 0;
  for (const auto& each : fs::directory_iterator{fs::path{CLEAVE_TEST_SOURCE_DIR} / "tests/import/cases"}) {
    if (!each.is_directory()) continue;
    INFO(each.path().filename().string());
    const importer::model source = importer::read_model((each.path() / "model.onnx").string());
    const importer::finished made = importer::import_model(source);
    const auto samples = importer::read_samples({(each.path() / "test_data_set_0").string()}, made);
    CHECK_NOTHROW(importer::check(made, source, samples, 1e-5));
    ++compared;
  }
  CHECK(compared == 73);
}
