// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "fold.hpp"
#include "refusal.hpp"
#include "small_model.hpp"

TEST_CASE("reshaping takes what is left for -1 and what was there for 0") {
  CHECK(importer::reshaped_sizes({2, 3, 4}, {0, -1}, false) == importer::sizes{2, 12});
  CHECK(importer::reshaped_sizes({2, 3, 4}, {-1, 6}, false) == importer::sizes{4, 6});
  CHECK_THROWS_AS(importer::reshaped_sizes({2, 3, 4}, {5, -1}, false), importer::refusal);
  CHECK_THROWS_AS(importer::reshaped_sizes({2, 3, 4}, {0, 0, 0}, true), importer::refusal);
  CHECK_THROWS_AS(importer::reshaped_sizes({2}, {1LL << 40, 1LL << 40}, false), importer::refusal);
}

TEST_CASE("slices are cut to the size of their axis") {
  CHECK(importer::clamped(1, 1000, 1, 10).size == 9);
  CHECK(importer::clamped(-3, 1000, 1, 10).begin == 7);
  CHECK(importer::clamped(5, 2, 1, 10).size == 0);
  const importer::piece backwards = importer::clamped(20, 0, -4, 10);
  CHECK(backwards.begin == 9);
  CHECK(backwards.size == 3);
  const importer::piece all = importer::clamped(-1, INT64_MIN, -1, 4);
  CHECK(all.begin == 3);
  CHECK(all.size == 4);
  // One element needs no step, so the file's may be any number.
  CHECK(importer::clamped(3, 4, INT64_MAX, 10).step == 1);
  CHECK(importer::clamped(3, 2, INT64_MIN, 10).step == 1);
}

TEST_CASE("shapes are computed while importing") {
  // What exporters write for x.view(x.size(0), -1).
  const small::model_maker source = small::model_maker{}
                                        .input("x", {1, 2, 3, 4})
                                        .integers("zero", {0})
                                        .integers("rest", {-1})
                                        .node("Shape", {"x"}, {"shape"})
                                        .node("Gather", {"shape", "zero"}, {"batch"})
                                        .node("Concat", {"batch", "rest"}, {"sizes"}, {{"axis", small::number(0)}})
                                        .node("Relu", {"x"}, {"r"})
                                        .node("Reshape", {"r", "sizes"}, {"y"})
                                        .output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == std::vector{cleave::op::relu});
  CHECK(made.answers[0].dims == importer::sizes{1, 24});
  CHECK(small::distance(source, made) == 0);
}

TEST_CASE("arithmetic on shapes is computed while importing") {
  // The last two axes of x doubled and its first two joined, through everything that exporters write.
  importer::attribute one;
  one.value = importer::tensor::of_integers({1}, {2});
  small::model_maker source;
  source.input("x", {1, 2, 3, 4})
      .integers("zero", {0})
      .integers("two", {2})
      .integers("four", {4})
      .integers("rank", {1});
  source.node("Shape", {"x"}, {"shape"}).node("Slice", {"shape", "two", "four"}, {"back"});
  source.node("ConstantOfShape", {"rank"}, {"twos"}, {{"value", one}}).node("Mul", {"back", "twos"}, {"double"});
  source.node("Gather", {"shape", "zero"}, {"batch"}).node("Squeeze", {"batch", "zero"}, {"scalar"});
  source.node("Unsqueeze", {"scalar", "zero"}, {"first"}).node("Add", {"first", "zero"}, {"sum"});
  source.node("Cast", {"sum"}, {"real"}, {{"to", small::number(1)}})
      .node("Cast", {"real"}, {"whole"}, {{"to", small::number(7)}});
  source.node("Concat", {"whole", "rest", "double"}, {"sizes"}, {{"axis", small::number(0)}}).integers("rest", {2});
  source.node("Relu", {"x"}, {"r"}).node("Upsample", {"r", "scales"}, {"u"}).floats("scales", {4}, {1, 1, 2, 2});
  source.node("Reshape", {"u", "sizes"}, {"y"}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == std::vector{cleave::op::relu, cleave::op::upsample});
  CHECK(made.answers[0].dims == importer::sizes{1, 2, 6, 8});
}

TEST_CASE("Identity, Dropout and a reshape to the same sizes leave nothing behind") {
  small::model_maker source;
  source.input("x", {1, 2, 3, 4}).floats("ratio", {}, {0.5F}).integers("same", {1, -1, 3, 4});
  source.node("Identity", {"x"}, {"i"}).node("Dropout", {"i", "ratio"}, {"d"}).node("Relu", {"d"}, {"r"});
  source.node("Reshape", {"r", "same"}, {"s"}).node("Identity", {"s"}, {"y"}).output("y");
  CHECK(small::kinds_of(importer::import_model(source)) == std::vector{cleave::op::relu});
}

TEST_CASE("weights in Constant nodes, cast and squared, are weights") {
  importer::attribute two;
  two.value = importer::tensor::of_integers({1, 2}, {3, -4});
  const small::model_maker source = small::model_maker{}
                                        .input("x", {1, 2})
                                        .node("Constant", {}, {"two"}, {{"value", two}})
                                        .node("Cast", {"two"}, {"real"}, {{"to", small::number(1)}})
                                        .node("Mul", {"real", "real"}, {"square"})
                                        .node("Mul", {"x", "square"}, {"y"})
                                        .output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == std::vector{cleave::op::batch_normalization});
  CHECK(made.layers[1].trained.weights == std::vector<float>{9, 16});
}
