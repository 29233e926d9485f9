// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check.hpp"
#include "import_model.hpp"
#include "reference_run.hpp"
#include "support/shared_data.hpp"

namespace {

/// Imports a model of the shared data and compares it with the outputs that are stored beside it.
void check_model(const std::string& model, const std::vector<std::string>& data, double tolerance = 1e-5) {
  const auto folder = test_support::shared_data("models/" + model.substr(0, model.find('/')));
  if (!folder) return;
  const std::string models = folder->parent_path().string() + "/";
  const importer::model source = importer::read_model(models + model);
  const importer::finished made = importer::import_model(source);
  std::vector<std::string> paths;
  for (const std::string& each : data) paths.push_back(folder->string() + "/" + each);
  CHECK_NOTHROW(importer::check(made, source, importer::read_samples(paths, made), tolerance));
}

std::string refusal_of(const std::string& path) {
  try {
    (void)importer::import_model(importer::read_model(path));
  } catch (const importer::refusal& refused) {
    return refused.what();
  }
  return "";
}

/// Whether a network of a billion products would take half a minute.
bool takes_long() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  MESSAGE("[skipped] under the address sanitizer this takes long, and reads nothing that other models do not");
  return true;
#endif
#endif
  return false;
}

}  // namespace

TEST_CASE("ResNet-8 of MLPerf Tiny computes what it should, with and without batch normalisation") {
  check_model("mlperf_resnet8/model.onnx", {"model.ref.in.input.npy", "model.ref.out.output.npy"});
  check_model("mlperf_resnet8/model_bn.onnx", {"model.ref.in.input.npy", "model_bn.ref.out.output.npy"});
}

TEST_CASE("the MobileNet of MLPerf Tiny computes what it should, with and without batch normalisation") {
  check_model("mlperf_vww_mobilenet/model.onnx", {"model.ref.in.input.npy", "model.ref.out.output.npy"});
  check_model("mlperf_vww_mobilenet/model_bn.onnx", {"model.ref.in.input.npy", "model_bn.ref.out.output.npy"});
}

TEST_CASE("the autoencoder of MLPerf Tiny computes what it should, with and without batch normalisation") {
  check_model("mlperf_ad_autoencoder/model.onnx", {"model.ref.in.input.npy", "model.ref.out.output.npy"}, 1e-4);
  check_model("mlperf_ad_autoencoder/model_bn.onnx", {"model.ref.in.input.npy", "model_bn.ref.out.output.npy"}, 1e-4);
}

TEST_CASE("DS-CNN of MLPerf Tiny computes what it should") {
  check_model("mlperf_dscnn_kws/model_bn.onnx", {"model.ref.in.input.npy", "model_bn.ref.out.output.npy"});
}

TEST_CASE("MNIST of CNTK, in its three data sets and on eleven digits, computes what it should") {
  check_model("onnx_mnist_cntk/model.onnx", {"test_data_set_0", "test_data_set_1", "test_data_set_2"});
  check_model("onnx_mnist_cntk/model.onnx", {"model.samples.in.Input3.npy", "model.samples.out.Plus214_Output_0.npy"});
}

TEST_CASE("the small ResNet of TinyMaix computes what it should") {
  check_model("tinymaix_mnist_resnet/model.onnx", {"samples_x.npy", "model.samples.out.output.npy"});
}

TEST_CASE("the sine of TensorFlow Lite Micro computes what it should") {
  check_model("tflm_hello_world/model.onnx", {"samples_x.npy", "model.samples.out.output.npy"});
}

TEST_CASE("the LSTM of TensorFlow Lite Micro computes what it should") {
  check_model("tflm_mnist_lstm/model.onnx", {"samples_x.npy", "model.samples.out.output.npy"});
}

TEST_CASE("super resolution computes what it should") {
  if (takes_long()) return;
  check_model("super_resolution/model_op13.onnx", {"model_op13.samples.in.1.npy", "model_op13.samples.out.27.npy"});
}

TEST_CASE("of 1000 spoken words DS-CNN names 913, as it should") {
  const auto folder = test_support::shared_data("models/mlperf_dscnn_kws");
  if (!folder || takes_long()) return;
  const auto at = [&](const char* file) { return folder->string() + "/" + file; };
  const importer::finished made = importer::import_model(importer::read_model(at("model_bn.onnx")));
  const auto samples = importer::read_samples({at("samples_x.npy"), at("model_bn.samples.out.output.npy")}, made);
  const importer::tensor labels = importer::read_data(at("samples_y.npy"));
  int right = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto values =
        importer::run_reference(made, {importer::to_memory(samples[i].inputs[0].floats(), made.inputs[0].memory)});
    const auto& scores = values[static_cast<std::size_t>(made.answers[0].layer)];
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    right += best == static_cast<std::ptrdiff_t>(labels.number(i)) ? 1 : 0;
  }
  CHECK(std::abs(right - 913) <= 1);
}

TEST_CASE("models that choose while they run, and those of the first operator set, are refused by name") {
  const auto folder = test_support::shared_data("models");
  if (!folder) return;
  CHECK(refusal_of(folder->string() + "/silero_vad/silero_vad_16k_op15.onnx") ==
        "If '/model/decoder/If' (node 90): it holds a graph of its own, and what runs would be decided while it runs; "
        "export the model with this choice made");
  CHECK(refusal_of(folder->string() + "/super_resolution/model_ir1.onnx") ==
        "Conv '11' (node 1): the model is of operator set 1; 6 is the oldest that is known: convert it with "
        "onnx.version_converter");
}
