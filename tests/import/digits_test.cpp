// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/graph/fingerprint.hpp>
#include <cleave/weights/file.hpp>
#include <cstring>

#include "../../examples/digits/digits.hpp"
#include "import_model.hpp"
#include "imported_digits.hpp"

TEST_CASE("the digits imported are the digits written by hand, and their weights are the same bytes") {
  const std::string folder = CLEAVE_TEST_SOURCE_DIR "/examples/digits/";
  const importer::finished made = importer::import_model(importer::read_model(folder + "digits.onnx"));
  CHECK(cleave::fingerprint(made.graph) == cleave::fingerprint(digits));
  const auto stored = cleave::mapped_file::open((folder + "digits.weights").c_str());
  REQUIRE(stored);
  const cleave::aligned_bytes packed = importer::pack(made);
  REQUIRE(packed.all().size() == stored->bytes().size());
  CHECK(std::memcmp(packed.all().data(), stored->bytes().data(), packed.all().size()) == 0);
}

TEST_CASE("a model that the build imports is there as a header and as weights") {
  CHECK(cleave::fingerprint(imported_digits) == cleave::fingerprint(digits));
  CHECK(cleave::load_weights<imported_digits>(IMPORTED_DIGITS_WEIGHTS_FILE));
}
