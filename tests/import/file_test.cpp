// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <span>
#include <string>

#include "small_model.hpp"

namespace {

/// The wire format of protobuf, as far as these tests need it.
std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7U) bytes += static_cast<char>(value | 128U);
  return bytes + static_cast<char>(value);
}
std::string field(std::uint64_t number, const std::string& bytes) {
  return varint(number << 3U | 2U) + varint(bytes.size()) + bytes;
}
std::string field(std::uint64_t number, std::uint64_t value) { return varint(number << 3U) + varint(value); }

std::string node(const std::string& kind, const std::string& from, const std::string& to) {
  return field(1, field(1, from) + field(2, to) + field(4, kind));
}
/// A float tensor: dims, data_type 1, name, raw_data.
std::string weight(const std::string& name, const std::vector<std::uint64_t>& dims, const std::string& raw) {
  std::string bytes;
  for (const std::uint64_t dim : dims) bytes += field(1, dim);
  return field(5, bytes + field(2, std::uint64_t{1}) + field(8, name) + field(9, raw));
}
std::string port(std::uint64_t number, const std::string& name) {
  const std::string shape = field(1, field(1, std::uint64_t{1})) + field(1, field(1, std::uint64_t{4}));
  return field(number, field(1, name) + field(2, field(1, field(1, std::uint64_t{1}) + field(2, shape))));
}
std::string model_of(const std::string& graph) {
  return field(1, std::uint64_t{8}) + field(7, graph) + field(8, field(2, std::uint64_t{13}));
}

std::string refusal_of(const std::string& bytes) {
  try {
    return small::refusal_of(importer::parse_model(bytes));
  } catch (const importer::refusal& refused) {
    CHECK(refused.kind() != importer::trouble::usage);
    return refused.what();
  }
}
bool says(const std::string& bytes, const std::string& words) {
  const std::string refusal = refusal_of(bytes);
  INFO(refusal);
  return refusal.find(words) != std::string::npos;
}

const std::string ports = port(11, "x") + port(12, "y");

}  // namespace

TEST_CASE("a model written by hand is read") {
  const importer::model source = importer::parse_model(model_of(node("Relu", "x", "y") + ports));
  CHECK(source.opset == 13);
  CHECK(source.nodes[0].title() == "Relu 'y' (node 1)");
  CHECK(source.inputs[0].dims == importer::sizes{1, 4});
  CHECK(small::refusal_of(source).empty());
}

TEST_CASE("nodes are put in an order in which they can be computed") {
  const auto source = importer::parse_model(model_of(node("Relu", "a", "y") + node("Tanh", "x", "a") + ports));
  CHECK(source.nodes[0].kind == "Tanh");
  CHECK(source.nodes[0].position == 2);
}

TEST_CASE("an initializer among the inputs is a weight") {
  const auto source = importer::parse_model(
      model_of(node("Relu", "x", "y") + port(11, "w") + weight("w", {1}, std::string(4, '\0')) + ports));
  CHECK(source.inputs.size() == 1);
  CHECK(source.constants.count("w") == 1);
}

TEST_CASE("what is no ONNX model is refused") {
  CHECK(says("", "the file is empty"));
  CHECK(says("\x89PNG\r\n\x1a\n", "this is not an ONNX model"));
  CHECK(says(std::string(1000, '\xff'), "this is not an ONNX model"));
  CHECK(says(field(1, std::uint64_t{8}), "it has no graph"));
}

TEST_CASE("a model that is cut short anywhere is refused") {
  const std::string whole = model_of(node("Relu", "x", "y") + ports);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_MESSAGE(!refusal_of(whole.substr(0, length)).empty(), length);
  }
}

TEST_CASE("a graph with a cycle is refused") {
  CHECK(
      says(model_of(node("Relu", "b", "a") + node("Tanh", "a", "b") + node("Relu", "b", "y") + ports), "has a cycle"));
}

TEST_CASE("values that nothing makes, and those made twice, are refused") {
  CHECK(says(model_of(node("Relu", "nowhere", "y") + ports), "reads 'nowhere', which nothing makes"));
  CHECK(says(model_of(node("Relu", "x", "y") + node("Tanh", "x", "y") + ports), "makes 'y', which is made already"));
  CHECK(says(model_of(node("Relu", "x", "z") + ports), "nothing makes the output 'y'"));
}

TEST_CASE("a weight with fewer or more numbers than its sizes say is refused") {
  CHECK(says(model_of(node("Relu", "x", "y") + weight("w", {4}, std::string(12, '\0')) + ports),
             "tensor 'w' claims 4 elements, but the file holds 3"));
  CHECK(says(model_of(node("Relu", "x", "y") + weight("w", {2}, std::string(12, '\0')) + ports),
             "should have 2 elements and has 3"));
}

TEST_CASE("gigabytes claimed by a tiny file are refused without being reserved") {
  CHECK(says(model_of(node("Relu", "x", "y") + weight("w", {1 << 15, 1 << 14}, "abcd") + ports),
             "claims 536870912 elements"));
  CHECK(says(model_of(node("Relu", "x", "y") + weight("w", {1ULL << 62, 1ULL << 62}, "abcd") + ports),
             "claims more elements than any file holds"));
  CHECK(says(model_of(node("Relu", "x", "y") + weight("w", {~0ULL}, "abcd") + ports), "has a negative size"));
  // A message that says it is longer than the file.
  CHECK(says(field(1, std::uint64_t{8}) + varint(7U << 3U | 2U) + varint(2000000000) + "abc",
             "this is not an ONNX model"));
}

TEST_CASE("nesting without end is refused") {
  std::string graph = node("Relu", "x", "y");
  for (int depth = 0; depth < 200; ++depth) graph = field(1, field(4, "If") + field(5, field(6, graph)));
  CHECK(says(model_of(graph + ports), "this is not an ONNX model"));
}

TEST_CASE("names can not end the line that they are shown in") {
  const auto source =
      importer::parse_model(model_of(node("Relu", "x\nint main", "y\\") + port(11, "x\nint main") + port(12, "y\\")));
  CHECK(source.inputs[0].name == "x_int main");
  CHECK(source.outputs[0].name == "y_");
}
