// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cmath>

#include <cleave/layers/layers.hpp>

#include "emit.hpp"
#include "small_model.hpp"

using importer::layer_text;

TEST_CASE("a layer is written with the fields that differ from their defaults") {
  CHECK(layer_text(cleave::conv2d{.channels = 8, .kernel = 3}) == "cleave::conv2d{.channels = 8, .kernel = 3}");
  CHECK(
      layer_text(cleave::conv2d{.channels = 8, .kernel = {3, 1}, .stride = 2, .padding = {0, 0, 1, 1}, .groups = 2}) ==
      "cleave::conv2d{.channels = 8, .kernel = {3, 1}, .stride = 2, .padding = {0, 0, 1, 1}, .groups = 2}");
  CHECK(layer_text(cleave::depthwise_conv2d{.kernel = 3, .padding = cleave::same}) ==
        "cleave::depthwise_conv2d{.kernel = 3, .padding = cleave::same}");
  CHECK(layer_text(cleave::max_pool{.kernel = 2, .name = "pool"}) == "cleave::max_pool{.kernel = 2, .name = \"pool\"}");
  CHECK(layer_text(cleave::average_pool{.kernel = 3, .stride = 2, .count_include_pad = true}) ==
        "cleave::average_pool{.kernel = 3, .stride = 2, .count_include_pad = true}");
  CHECK(layer_text(cleave::relu6{}) == "cleave::relu6{}");
  CHECK(layer_text(cleave::clip{.low = 0, .high = 6}) == "cleave::relu6{}");
  CHECK(layer_text(cleave::clip{.low = -0.5F, .high = 1}) == "cleave::clip{.low = -0.5F, .high = 1}");
  CHECK(layer_text(cleave::leaky_relu{}) == "cleave::leaky_relu{}");
  CHECK(layer_text(cleave::add{.with = "a", .from = "b"}) == "cleave::add{.with = \"a\", .from = \"b\"}");
  CHECK(layer_text(cleave::concat{.with = {"a", "b"}, .axis = cleave::axis::height}) ==
        "cleave::concat{.with = {\"a\", \"b\"}, .axis = cleave::axis::height}");
  CHECK(layer_text(cleave::slice{.begin = {0, 0, 2}, .size = {0, 0, 3}}) ==
        "cleave::slice{.begin = {0, 0, 2}, .size = {0, 0, 3}}");
  CHECK(layer_text(cleave::rearrange{.width = 2, .channels = 3, .dims = {2, 3}, .strides = {1, 2}}) ==
        "cleave::rearrange{.width = 2, .channels = 3, .dims = {2, 3}, .strides = {1, 2}}");
  CHECK(layer_text(cleave::reduce{.kind = cleave::reduction::log_sum}) ==
        "cleave::reduce{.kind = cleave::reduction::log_sum}");
  CHECK(layer_text(cleave::power_of{.exponent = 0.1F}) == "cleave::power_of{.exponent = 0.1F}");
}

TEST_CASE("a header has one line for a layer, with its activation, and names its inputs and outputs") {
  small::model_maker source;
  source.input("picture", {1, 1, 8, 8}).weights("w", {4, 1, 3, 3}).weights("d", {36, 10});
  source.node("Conv", {"picture", "w"}, {"c"}).node("Relu", {"c"}, {"r"});
  source.node("MaxPool", {"r"}, {"pool"},
              {{"kernel_shape", small::numbers({2, 2})}, {"strides", small::numbers({2, 2})}});
  source.node("Flatten", {"pool"}, {"f"}).node("MatMul", {"f", "d"}, {"y"}).output("y");
  CHECK(importer::header_text(importer::import_model(source), "net", "net.onnx") ==
        R"(// Made by cleave-import of net.onnx.
#ifndef NET_HPP
#define NET_HPP

/// @file
/// The network of net.onnx; its weights are in net.weights.
///   input 'picture', 1x1x8x8: 8 x 8 x 1
///   output 'y', 1x10: 1 x 1 x 10

#include <cleave/device.hpp>

// clang-format off
inline constexpr auto net = cleave::graph{
    cleave::input{.height = 8, .width = 8},
    cleave::conv2d{.channels = 4, .kernel = 3}, cleave::relu{},
    cleave::max_pool{.kernel = 2, .name = "pool"},
    cleave::dense{.units = 10},
};
// clang-format on

#endif
)");
}

TEST_CASE("several outputs are listed in the order in which the network gives them") {
  small::model_maker source;
  source.input("x", {1, 4}).node("Relu", {"x"}, {"r"}).node("Sigmoid", {"r"}, {"s"}).output("r").output("s");
  const std::string text = importer::header_text(importer::import_model(source), "net", "net.onnx");
  CHECK(text.find("///   output get<0>() 's', 1x4: 1 x 1 x 4\n///   output get<1>() 'r', 1x4: 1 x 1 x 4\n") !=
        std::string::npos);
}

TEST_CASE("infinity is written where a model pads with it, and a clip has none") {
  small::model_maker source;
  source.input("x", {1, 1, 2, 2}).integers("border", {0, 0, 1, 1, 0, 0, 0, 0}).floats("none", {}, {-HUGE_VALF});
  source.node("Clip", {"x", "none"}, {"c"}).node("Pad", {"c", "border", "none"}, {"y"}).output("y");
  const std::string text = importer::header_text(importer::import_model(source), "net", "net.onnx");
  CHECK(text.find("#include <limits>") != std::string::npos);
  CHECK(text.find(".value = -std::numeric_limits<float>::infinity()}") != std::string::npos);
  CHECK(text.find("cleave::clip") == std::string::npos);
}

TEST_CASE("labels of the model are made such as a graph can bear, each once") {
  small::model_maker source;
  source.input("x", {1, 4}).node("Relu", {"x"}, {"/block/relu/Relu_output_0"});
  source.node("Sigmoid", {"/block/relu/Relu_output_0"}, {"block/relu/Relu"});
  source.node("Tanh", {"x"}, {"a b"}).node("Add", {"/block/relu/Relu_output_0", "block/relu/Relu"}, {"s"});
  source.node("Add", {"s", "a b"}, {"y"}).output("y");
  const importer::finished made = importer::import_model(source);
  std::vector<std::string> labels(made.labels.begin(), made.labels.end());
  CHECK(labels == std::vector<std::string>{"x", "block/relu/Relu", "block/relu/Relu_2", "a_b"});
}
