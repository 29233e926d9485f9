// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "small_model.hpp"

using cleave::op;
using small::model_maker;
using small::number;
using small::numbers;
using kinds = std::vector<op>;

namespace {

model_maker convolution(std::vector<std::int64_t> pads = {1, 1, 1, 1}) {
  model_maker made;
  made.input("x", {1, 3, 6, 5}).weights("w", {4, 3, 3, 3}).weights("b", {4});
  made.node("Conv", {"x", "w", "b"}, {"c"}, {{"pads", numbers(std::move(pads))}});
  return made;
}

/// The network with this rewrite alone.
importer::finished after(const importer::model& source, int (*rewrite)(importer::network&), int times = 1) {
  importer::network lowered = importer::lowering{source, {}}.run();
  importer::drop_dead(lowered);
  CHECK(rewrite(lowered) == times);
  return importer::finish(std::move(lowered));
}

}  // namespace

TEST_CASE("batch normalisation behind a convolution becomes part of it") {
  model_maker source = convolution();
  source.positive("s", {4}).weights("t", {4}).weights("m", {4}).positive("v", {4});
  source.node("BatchNormalization", {"c", "s", "t", "m", "v"}, {"y"}, {{"epsilon", small::real(1e-3F)}}).output("y");
  const importer::finished made = after(source, importer::fold_scales_back);
  CHECK(small::kinds_of(made) == kinds{op::conv2d});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("factors and terms for each channel behind a convolution become part of it") {
  model_maker source = convolution();
  source.weights("s", {4, 1, 1}).weights("t", {1, 4, 1, 1});
  source.node("Mul", {"c", "s"}, {"scaled"}).node("Add", {"scaled", "t"}, {"y"}).output("y");
  const importer::finished made = after(source, importer::fold_scales_back, 2);
  CHECK(small::kinds_of(made) == kinds{op::conv2d});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("a scale whose input others read as well stays where it is") {
  model_maker source = convolution();
  source.weights("s", {4, 1, 1}).node("Mul", {"c", "s"}, {"y"}).node("Relu", {"c"}, {"z"}).output("y").output("z");
  const importer::finished made = after(source, importer::fold_scales_back, 0);
  CHECK(small::kinds_of(made) == kinds{op::conv2d, op::batch_normalization, op::relu});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("a scale before a convolution without padding becomes part of it") {
  model_maker source;
  source.input("x", {1, 3, 6, 5}).weights("s", {3, 1, 1}).weights("t", {3, 1, 1}).weights("w", {4, 3, 3, 3});
  source.node("Mul", {"x", "s"}, {"a"}).node("Add", {"a", "t"}, {"n"}).node("Conv", {"n", "w"}, {"y"}).output("y");
  importer::network lowered = importer::lowering{source, {}}.run();
  CHECK(importer::fold_scales_back(lowered) == 1);
  CHECK(importer::fold_scales_forward(lowered) == 1);
  const importer::finished made = importer::finish(std::move(lowered));
  CHECK(small::kinds_of(made) == kinds{op::conv2d});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("a shift before a convolution with padding stays: padding is not shifted") {
  model_maker source;
  source.input("x", {1, 3, 6, 5}).weights("t", {3, 1, 1}).weights("w", {4, 3, 3, 3});
  source.node("Add", {"x", "t"}, {"n"}).node("Conv", {"n", "w"}, {"y"}, {{"pads", numbers({1, 1, 1, 1})}}).output("y");
  const importer::finished made = after(source, importer::fold_scales_forward, 0);
  CHECK(small::kinds_of(made) == kinds{op::batch_normalization, op::conv2d});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("a scale of groups' inputs reaches the right filters") {
  model_maker source;
  source.input("x", {1, 4, 5, 5}).weights("s", {4, 1, 1}).weights("t", {4, 1, 1}).weights("w", {6, 2, 3, 3});
  source.node("Mul", {"x", "s"}, {"a"}).node("Add", {"a", "t"}, {"n"});
  source.node("Conv", {"n", "w"}, {"y"}, {{"group", number(2)}}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == kinds{op::conv2d});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("a product with a matrix and a sum are one dense layer") {
  model_maker source;
  source.input("x", {1, 7}).weights("w", {7, 5}).weights("b", {5});
  source.node("MatMul", {"x", "w"}, {"p"}).node("Add", {"b", "p"}, {"y"}).output("y");
  const importer::finished made = after(source, importer::fold_scales_back);
  CHECK(small::kinds_of(made) == kinds{op::dense});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("batch normalisation behind a dense layer and before one becomes part of it") {
  for (const bool behind : {true, false}) {
    model_maker source;
    const std::int64_t channels = behind ? 5 : 7;
    source.input("x", {1, 7}).weights("w", {7, 5}).weights("b", {5});
    source.positive("s", {channels}).weights("t", {channels}).weights("m", {channels}).positive("v", {channels});
    source.node("Gemm", {behind ? "x" : "n", "w", "b"}, {behind ? "p" : "y"});
    source.node("BatchNormalization", {behind ? "p" : "x", "s", "t", "m", "v"}, {behind ? "y" : "n"}).output("y");
    importer::model sorted = source;
    if (!behind) std::swap(sorted.nodes[0], sorted.nodes[1]);
    const importer::finished made = after(sorted, behind ? importer::fold_scales_back : importer::fold_scales_forward);
    CHECK(small::kinds_of(made) == kinds{op::dense});
    CHECK(small::distance(sorted, made) < 1e-6);
  }
}

TEST_CASE("padding with zeros becomes that of the convolution behind") {
  model_maker source;
  source.input("x", {1, 3, 6, 5}).weights("w", {4, 3, 3, 3}).integers("border", {0, 0, 1, 0, 0, 0, 2, 1});
  source.node("Pad", {"x", "border"}, {"p"}).node("Conv", {"p", "w"}, {"y"}).output("y");
  const importer::finished made = after(source, importer::fold_padding);
  CHECK(small::kinds_of(made) == kinds{op::conv2d});
  CHECK(made.records[1].pad == cleave::padding{1, 0, 2, 1});
}

TEST_CASE("padding with anything else stays") {
  model_maker source;
  source.input("x", {1, 3, 6, 5})
      .weights("w", {4, 3, 3, 3})
      .integers("border", {0, 0, 1, 1, 0, 0, 1, 1})
      .floats("one", {}, {1});
  source.node("Pad", {"x", "border", "one"}, {"p"}).node("Conv", {"p", "w"}, {"y"}).output("y");
  CHECK(small::kinds_of(after(source, importer::fold_padding, 0)) == kinds{op::pad, op::conv2d});
}

TEST_CASE("padding becomes that of the pool behind where it counts the same") {
  model_maker source;
  source.input("x", {1, 3, 6, 5}).integers("border", {0, 0, 1, 0, 0, 0, 0, 1});
  source.node("Pad", {"x", "border"}, {"p"})
      .node("AveragePool", {"p"}, {"y"}, {{"kernel_shape", numbers({2, 3})}})
      .output("y");
  const importer::finished made = after(source, importer::fold_padding);
  CHECK(small::kinds_of(made) == kinds{op::average_pool});
  CHECK(made.records[1].pad == cleave::padding{1, 0, 0, 1});
  CHECK(made.records[1].count_include_pad);

  // Zeros are not what a pool's own padding is to the largest number.
  model_maker largest;
  largest.input("x", {1, 3, 6, 5}).integers("border", {0, 0, 1, 0, 0, 0, 0, 1});
  largest.node("Pad", {"x", "border"}, {"p"})
      .node("MaxPool", {"p"}, {"y"}, {{"kernel_shape", numbers({2, 3})}})
      .output("y");
  CHECK(small::kinds_of(after(largest, importer::fold_padding, 0)) == kinds{op::pad, op::max_pool});
}

TEST_CASE("a scale by one and a shift by nothing are dropped") {
  model_maker source;
  source.input("x", {1, 3, 4, 4}).floats("one", {}, {1}).floats("zero", {}, {0});
  source.node("Relu", {"x"}, {"r"}).node("Mul", {"r", "one"}, {"a"}).node("Sub", {"a", "zero"}, {"y"}).output("y");
  CHECK(small::kinds_of(after(source, importer::drop_idle, 2)) == kinds{op::relu});
}

TEST_CASE("layers that no output needs are dropped") {
  model_maker source = convolution();
  source.node("Sigmoid", {"c"}, {"unused"}).node("Relu", {"c"}, {"y"}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == kinds{op::conv2d, op::relu});
}
