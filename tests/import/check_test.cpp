// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "check.hpp"
#include "data.hpp"
#include "small_model.hpp"

namespace {

/// Two convolutions with their activations, a pool and a dense layer.
small::model_maker two_blocks() {
  small::model_maker made;
  made.input("x", {1, 2, 6, 6}).weights("w1", {4, 2, 3, 3}).weights("w2", {3, 4, 3, 3}).weights("d", {3, 5});
  made.node("Conv", {"x", "w1"}, {"c1"}).node("Relu", {"c1"}, {"r1"}).node("Conv", {"r1", "w2"}, {"c2"});
  made.node("Relu", {"c2"}, {"r2"}).node("GlobalAveragePool", {"r2"}, {"g"}).node("Flatten", {"g"}, {"f"});
  made.node("MatMul", {"f", "d"}, {"y"}).output("y");
  return made;
}

/// An input, and what the model makes of it.
importer::sample sample_of(const importer::model& source, const importer::finished& of) {
  importer::sample made;
  made.inputs.push_back(importer::tensor::of(of.inputs[0].dims, small::some_numbers(72, 5)));
  importer::oracle truth(source, of.inputs, {{"x", made.inputs[0].reals}});
  for (const importer::operation& each : source.nodes) REQUIRE(truth.compute(each));
  made.outputs.push_back(*truth.find("y"));
  return made;
}

std::string words_of(const importer::finished& made, const importer::model& source, const importer::sample& with) {
  try {
    return importer::check(made, source, {with}, 1e-5);
  } catch (const importer::refusal& refused) {
    CHECK(refused.kind() == importer::trouble::differs);
    return refused.what();
  }
}

}  // namespace

TEST_CASE("a network that computes what its model does is said to, and how far it is off") {
  const small::model_maker source = two_blocks();
  const importer::finished made = importer::import_model(source);
  CHECK(words_of(made, source, sample_of(source, made)).find("checked: output 'y' of 1 sample agrees to ") == 0);
}

TEST_CASE("the first node of the model that a wrong network computes otherwise is named") {
  const small::model_maker source = two_blocks();
  const importer::sample with = sample_of(source, importer::import_model(source));
  const std::vector<std::pair<std::string, std::string>> cases{
      {"c1", "Conv 'c1' (node 1)"}, {"c2", "Conv 'c2' (node 3)"}, {"y", "MatMul 'y' (node 7)"}};
  for (const auto& [value, node] : cases) {
    importer::finished wrong = importer::import_model(source);
    for (importer::layer& each : wrong.layers) {
      if (each.value == value) each.trained.bias[1] += 4;
    }
    const std::string words = words_of(wrong, source, with);
    INFO(words);
    CHECK(words.find("output 'y' is off by ") == 0);
    CHECK(words.find("the difference begins at " + node + ": its value '" + value + "' is off by 4 of a range of ") !=
          std::string::npos);
  }
}

TEST_CASE("a difference behind a node that is not looked into is found") {
  small::model_maker source;
  source.input("x", {1, 2, 6, 6}).weights("s", {2}).weights("w", {3, 2, 1, 1});
  source.node("InstanceNormalization", {"x", "s", "s"}, {"n"}).node("Conv", {"n", "w"}, {"y"}).output("y");
  importer::finished wrong = importer::import_model(source);
  importer::sample with;
  with.inputs.push_back(importer::tensor::of({1, 2, 6, 6}, small::some_numbers(72, 5)));
  with.outputs.push_back(importer::tensor::of({1, 3, 6, 6}, std::vector<float>(108, 100.0F)));
  CHECK(words_of(wrong, source, with).find("(1 compared); not looked into: InstanceNormalization 'n' (node 1)") !=
        std::string::npos);
  wrong.layers.back().trained.bias[1] += 4;
  CHECK(words_of(wrong, source, with).find("the difference begins at Conv 'y' (node 2): its value 'y' is off by 4") !=
        std::string::npos);
}

TEST_CASE("expected outputs that are another model's are told apart from a wrong network") {
  const small::model_maker source = two_blocks();
  const importer::finished made = importer::import_model(source);
  importer::sample with = sample_of(source, made);
  with.outputs[0].reals[2] += 1;
  CHECK(words_of(made, source, with).find("the expected outputs are not those of this model") != std::string::npos);
}
