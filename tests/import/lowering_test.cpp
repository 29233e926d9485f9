// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "small_model.hpp"

using cleave::op;
using small::model_maker;
using small::number;
using small::numbers;
using small::text;
using kinds = std::vector<op>;

TEST_CASE("a dense layer behind a flatten has its weights turned, and nothing moves") {
  model_maker source;
  source.input("x", {1, 3, 6, 6}).weights("w", {4, 3, 3, 3}).weights("d", {64, 5}).weights("b", {5});
  source.node("Conv", {"x", "w"}, {"c"}).node("Flatten", {"c"}, {"f"}).node("Gemm", {"f", "d", "b"}, {"y"}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == kinds{op::conv2d, op::dense});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("transpositions between the orders of TensorFlow and ONNX are not computed") {
  model_maker source;
  source.input("x", {1, 6, 5, 3}).weights("w", {4, 3, 3, 3}).integers("shape", {1, 48}).weights("d", {48, 5});
  source.node("Transpose", {"x"}, {"t"}, {{"perm", numbers({0, 3, 1, 2})}});
  source.node("Conv", {"t", "w"}, {"c"}).node("Transpose", {"c"}, {"u"}, {{"perm", numbers({0, 2, 3, 1})}});
  source.node("Reshape", {"u", "shape"}, {"r"}).node("MatMul", {"r", "d"}, {"y"}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == kinds{op::conv2d, op::dense});
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("a transposition that is asked for costs one copy") {
  model_maker source;
  source.input("x", {2, 3, 4}).node("Relu", {"x"}, {"r"});
  source.node("Transpose", {"r"}, {"y"}, {{"perm", numbers({2, 0, 1})}}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == kinds{op::relu, op::rearrange});
  CHECK(small::distance(source, made) == 0);
}

TEST_CASE("several pictures are groups with the same filters") {
  model_maker source;
  source.input("x", {3, 2, 5, 5}).weights("w", {4, 2, 3, 3}).weights("b", {4});
  source.node("Conv", {"x", "w", "b"}, {"c"})
      .node("MaxPool", {"c"}, {"y"}, {{"kernel_shape", numbers({2, 2})}})
      .output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(made.records[1].groups == 3);
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("auto_pad is resolved, the odd row where ONNX has it") {
  for (const std::string where : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
    model_maker source;
    source.input("x", {1, 2, 6, 7}).weights("w", {3, 2, 3, 2});
    source.node("Conv", {"x", "w"}, {"y"}, {{"auto_pad", text(where)}, {"strides", numbers({2, 1})}}).output("y");
    CHECK(small::distance(source, importer::import_model(source)) < 1e-6);
  }
}

TEST_CASE("windows that are dilated, strided, grouped, rounded up and padded unevenly agree with the model") {
  model_maker source;
  source.input("x", {1, 4, 11, 9}).weights("w", {8, 1, 3, 3});
  source.node("Conv", {"x", "w"}, {"c"},
              {{"group", number(4)}, {"dilations", numbers({2, 1})}, {"pads", numbers({2, 0, 1, 1})}});
  source.node("MaxPool", {"c"}, {"m"},
              {{"kernel_shape", numbers({3, 2})}, {"strides", numbers({2, 2})}, {"ceil_mode", number(1)}});
  source.node("AveragePool", {"m"}, {"y"}, {{"kernel_shape", numbers({2, 2})}, {"pads", numbers({0, 1, 1, 0})}});
  source.output("y");
  CHECK(small::distance(source, importer::import_model(source)) < 1e-6);
}

TEST_CASE("softmax before operator set 13 takes all axes from its own on") {
  for (const std::int64_t opset : {11, 13}) {
    model_maker source{opset};
    source.input("x", {2, 3, 4}).node("Softmax", {"x"}, {"y"}, {{"axis", number(1)}}).output("y");
    const importer::finished made = importer::import_model(source);
    CHECK(small::distance(source, made) < 1e-6);
    CHECK(made.graph.nodes.back().out.channels == (opset == 11 ? 12 : 3));
  }
}

TEST_CASE("the bounds of a clip are attributes before operator set 11 and inputs behind") {
  model_maker older{6};
  older.input("x", {1, 8}).node("Clip", {"x"}, {"y"}, {{"min", small::real(0)}, {"max", small::real(6)}}).output("y");
  model_maker newer{13};
  newer.input("x", {1, 8})
      .floats("low", {}, {0})
      .floats("high", {}, {6})
      .node("Clip", {"x", "low", "high"}, {"y"})
      .output("y");
  CHECK(importer::import_model(older).records[1].function == importer::import_model(newer).records[1].function);
  CHECK(importer::import_model(older).records[1].function.beta == 6);
}

TEST_CASE("before operator set 7 a sum says where its second operand stands") {
  model_maker source{6};
  source.input("x", {1, 3, 2, 2}).weights("b", {3});
  source.node("Add", {"x", "b"}, {"y"}, {{"broadcast", number(1)}, {"axis", number(1)}}).output("y");
  const importer::finished made = importer::import_model(source);
  CHECK(small::kinds_of(made) == kinds{op::reshape, op::constant, op::add});
  CHECK(made.layers[2].trained.weights == static_cast<const importer::model&>(source).constants.at("b").reals);
}

TEST_CASE("operands are broadcast to each other, whichever is the smaller") {
  for (const auto& [first, second] :
       std::vector<std::pair<importer::sizes, importer::sizes>>{{{1, 3, 4, 5}, {1, 3, 1, 1}},
                                                                {{1, 3, 1, 1}, {1, 3, 4, 5}},
                                                                {{2, 3, 4}, {3, 1}},
                                                                {{4}, {2, 3, 4}},
                                                                {{2, 1, 4}, {3, 1}}}) {
    model_maker source;
    source.input("x", first)
        .input("z", second)
        .node("Sub", {"x", "z"}, {"d"})
        .node("Mul", {"d", "z"}, {"y"})
        .output("y");
    CHECK(small::distance(source, importer::import_model(source)) < 1e-6);
  }
}

TEST_CASE("outputs that are read, given twice or inputs are all outputs") {
  model_maker source;
  source.input("x", {1, 4}).node("Identity", {"x"}, {"same"}).node("Relu", {"x"}, {"r"}).node("Sigmoid", {"r"}, {"y"});
  source.node("Identity", {"y"}, {"again"}).output("same").output("r").output("y").output("again");
  const importer::finished made = importer::import_model(source);
  REQUIRE(made.answers.size() == 4);
  for (const importer::terminal& each : made.answers) {
    CHECK(made.graph.nodes[static_cast<std::size_t>(each.layer)].is_output);
  }
  CHECK(small::distance(source, made) < 1e-6);
}

TEST_CASE("open sizes are one picture, or what the user says") {
  model_maker source;
  source.input("x", {-1, 4}).node("Relu", {"x"}, {"y"}).output("y");
  CHECK(importer::import_model(source).inputs[0].dims == importer::sizes{1, 4});
  CHECK(importer::import_model(source, {{{"x", 5}}}).inputs[0].dims == importer::sizes{5, 4});
}
