// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "small_model.hpp"

using small::model_maker;
using small::number;
using small::numbers;
using small::text;

namespace {

bool says(const importer::model& source, const std::string& words) {
  const std::string refusal = small::refusal_of(source);
  INFO(refusal);
  return refusal.find(words) != std::string::npos;
}

model_maker picture(std::int64_t opset = 13) {
  model_maker made{opset};
  made.input("x", {1, 2, 6, 6}).output("y");
  return made;
}

}  // namespace

TEST_CASE("an operator that is not known is named with its node and its place") {
  CHECK(says(picture().node("Relu", {"x"}, {"r"}).node("NonMaxSuppression", {"r"}, {"y"}),
             "NonMaxSuppression 'y' (node 2): cleave has no such operator; cut the model before it"));
}

TEST_CASE("an operator of another domain is refused") {
  model_maker source = picture();
  source.node("Relu", {"x"}, {"y"});
  importer::model changed = source;
  changed.nodes[0].domain = "com.microsoft";
  CHECK(says(changed, "Relu 'y' (node 1): operators of the domain 'com.microsoft' are not known"));
}

TEST_CASE("choices made while running are refused with what could be done") {
  importer::attribute graph;
  graph.is_graph = true;
  CHECK(says(picture().node("If", {"x"}, {"y"}, {{"then_branch", graph}}), "export the model with this choice made"));
}

TEST_CASE("old operator sets are refused") {
  CHECK(says(picture(1).node("Relu", {"x"}, {"y"}), "operator set 1; 6 is the oldest"));
}

TEST_CASE("a node without outputs is refused") {
  CHECK(says(picture().node("Split", {"x"}, {}).node("Relu", {"x"}, {"y"}), "Split (node 1): it has no outputs"));
}

TEST_CASE("operands without elements are refused") {
  CHECK(
      says(picture().floats("none", {0, 1, 1, 1}, {}).node("Add", {"x", "none"}, {"y"}), "its result has no elements"));
  CHECK(says(picture().floats("none", {6, 0}, {}).node("MatMul", {"x", "none"}, {"y"}), "a matrix without elements"));
}

TEST_CASE("weights that are computed are refused") {
  model_maker source = picture();
  source.input("w", {3, 2, 3, 3}).node("Conv", {"x", "w"}, {"y"});
  CHECK(says(source, "Conv 'y' (node 1): the weight 'w' is computed; it must be an initializer or a Constant node"));
}

TEST_CASE("weights of the wrong size are refused") {
  CHECK(says(picture().weights("w", {3, 5, 3, 3}).node("Conv", {"x", "w"}, {"y"}),
             "weights of 3x5x3x3 in 1 groups do not fit an input of 1x2x6x6"));
  CHECK(says(picture().weights("w", {7, 3}).node("MatMul", {"x", "w"}, {"y"}), "can not be multiplied"));
  CHECK(says(picture().weights("w", {3, 2, 3, 3}).weights("b", {4}).node("Conv", {"x", "w", "b"}, {"y"}),
             "the bias has 4 numbers for 3 channels"));
}

TEST_CASE("a window larger than its input is refused") {
  CHECK(says(picture().node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", numbers({9, 9})}}), "MaxPool 'y' (node 1)"));
}

TEST_CASE("attributes that make no sense are refused") {
  CHECK(says(picture().node("MaxPool", {"x"}, {"y"}), "kernel_shape is missing"));
  CHECK(says(picture().node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", numbers({0, 2})}}), "not a sensible size"));
  CHECK(says(picture().node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", numbers({2, 2})}, {"pads", numbers({1})}}),
             "pads has 1"));
  CHECK(says(picture().node("Transpose", {"x"}, {"y"}, {{"perm", numbers({0, 1, 1, 2})}}), "names an axis twice"));
  CHECK(says(picture().node("Softmax", {"x"}, {"y"}, {{"axis", number(7)}}), "axis 7 of a tensor that has 4 axes"));
}

TEST_CASE("pictures with a third direction are refused") {
  model_maker source;
  source.input("x", {1, 2, 4, 4, 4}).node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", numbers({2, 2, 2})}}).output("y");
  CHECK(says(source, "pictures have 4 axes"));
}

TEST_CASE("a Resize that can not be is refused by name") {
  const auto refuses = [](std::map<std::string, importer::attribute> attributes, std::vector<float> scales,
                          const std::string& words) {
    return says(
        picture().floats("scales", {4}, std::move(scales)).node("Resize", {"x", "", "scales"}, {"y"}, attributes),
        words);
  };
  CHECK(refuses({{"mode", text("spline")}}, {1, 1, 2, 2}, "Resize 'y' (node 1): mode 'spline' is not known"));
  CHECK(refuses({{"coordinate_transformation_mode", text("tf_crop_and_resize")}}, {1, 1, 2, 2}, "input 2 is missing"));
  CHECK(refuses({}, {1, 1, -2, 2}, "a scale that is not positive"));
  CHECK(refuses({}, {1, 1, 2e5F, 2}, "a size that no tensor has"));
  CHECK(
      refuses({{"mode", text("cubic")}}, {1, 1, 1.6e5F, 2}, "it resizes an axis of 6 to 960000 with the mode 'cubic'"));
}

TEST_CASE("outputs that are not supported are refused where they are used") {
  model_maker source;
  source.input("x", {1, 2, 6, 6}).node("MaxPool", {"x"}, {"y", "where"}, {{"kernel_shape", numbers({2, 2})}});
  source.output("y").output("where");
  CHECK(says(source, "its output 'where' is not supported"));
}

TEST_CASE("inputs of other types, without sizes or without a use are refused") {
  importer::model integers = picture().node("Relu", {"x"}, {"y"});
  integers.inputs[0].type = "int64";
  CHECK(says(integers, "input 'x' has elements of type int64; cleave's inputs are float32"));
  importer::model open = picture().node("Relu", {"x"}, {"y"});
  open.inputs[0].dims = {1, 2, -1, 6};
  open.inputs[0].symbols = {"", "", "rows", ""};
  CHECK(says(open, "give one with --shape rows=<size>"));
  CHECK(says(picture().input("z", {1}).node("Relu", {"x"}, {"y"}), "no output depends on the input 'z'"));
}

TEST_CASE("tensors too large for any workspace are refused before anything is made") {
  model_maker source;
  source.input("x", {1 << 20, 1 << 20}).node("Relu", {"x"}, {"y"}).output("y");
  CHECK(says(source, "larger than cleave's workspaces can hold"));
  CHECK(
      says(picture().integers("shape", {1 << 20, 1 << 20}).node("ConstantOfShape", {"shape"}, {"y"}), "more elements"));
}
