// SPDX-License-Identifier: BSL-1.0
//
// Layers of known networks, with bias and ReLU: networks of one layer, and the same layer computed by others in the
// formats that they like best for inputs, weights and outputs, which are not counted.
#include "layers.hpp"

#include <cleave/graph/graph.hpp>

#include "model_row.hpp"
#include "onednn.hpp"
#ifdef CLEAVE_BENCH_OPENBLAS
#include <cblas.h>
#endif

namespace cleave_bench {

namespace {

constexpr auto convolution(cleave::shape in, int channels, int kernel, int stride = 1, int pad = 0, int groups = 1) {
  return cleave::graph{
      cleave::input{.height = in.height, .width = in.width, .channels = in.channels},
      cleave::conv2d{.channels = channels, .kernel = kernel, .stride = stride, .padding = pad, .groups = groups},
      cleave::relu{},
  };
}
constexpr auto depthwise(cleave::shape in) {
  return cleave::graph{
      cleave::input{.height = in.height, .width = in.width, .channels = in.channels},
      cleave::depthwise_conv2d{.kernel = 3, .padding = 1},
      cleave::relu{},
  };
}
constexpr auto dense(int inputs, int outputs) {
  return cleave::graph{cleave::input{.channels = inputs}, cleave::dense{.units = outputs}, cleave::relu{}};
}

constexpr auto resnet8_16 = convolution({32, 32, 16}, 16, 3, 1, 1);
constexpr auto resnet8_16_to_32 = convolution({32, 32, 16}, 32, 3, 2, 1);
constexpr auto resnet8_64 = convolution({8, 8, 64}, 64, 3, 1, 1);
constexpr auto dscnn_pointwise = convolution({25, 5, 64}, 64, 1);
constexpr auto mobilenet_pointwise = convolution({12, 12, 128}, 128, 1);
constexpr auto dscnn_depthwise = depthwise({25, 5, 64});
constexpr auto depthwise_48 = depthwise({48, 48, 32});
constexpr auto alexnet_2 = convolution({27, 27, 96}, 256, 5, 1, 2, 2);
constexpr auto vgg16_256 = convolution({56, 56, 128}, 256, 3, 1, 1);
constexpr auto vgg16_512 = convolution({14, 14, 512}, 512, 3, 1, 1);
constexpr auto resnet50_1 = convolution({224, 224, 3}, 64, 7, 2, 3);
constexpr auto alexnet_1 = convolution({227, 227, 3}, 96, 11, 4);
constexpr auto dense_640 = dense(640, 128);
constexpr auto dense_1024 = dense(1024, 1000);
constexpr auto dense_9216 = dense(9216, 4096);

/// OpenBLAS multiplies a matrix and a vector, and has neither bias nor activation.
class sgemv_layer {
 public:
  sgemv_layer(const network_value& of, const floats& input)
      : weights_(aligned(of.dense_weights(of.nodes[1]))), input_(input), out_(of.output().out.size()) {}
  void run() {
#ifdef CLEAVE_BENCH_OPENBLAS
    const auto inputs = static_cast<blasint>(input_.size());
    cblas_sgemv(CblasRowMajor, CblasNoTrans, static_cast<blasint>(out_.size()), inputs, 1.0F, weights_.data(), inputs,
                input_.data(), 1, 0.0F, out_.data(), 1);
#endif
  }
  /// With what it leaves out.
  std::vector<float> finished(const std::vector<float>& biases) const {
    std::vector<float> result;
    for (std::size_t o = 0; o < out_.size(); ++o) result.push_back(std::max(0.0F, out_[o] + biases[o]));
    return result;
  }

 private:
  floats weights_;
  const floats& input_;
  std::vector<float> out_;
};

template <const auto& Graph>
row layer_row(const char* name, double limit, bool of_medians = false) {
  constexpr const cleave::node& layer = Graph.nodes[1];
  constexpr bool is_dense = layer.what.kind == cleave::op::dense;
  row of{.name = name, .limit = limit, .of_medians = of_medians};
  of.allowed = of_medians ? 0.03 : 0.02;
  of.multiply_adds = static_cast<double>(layer.multiply_adds);
  if (is_dense) of.weight_bytes = static_cast<double>(layer.weights.floats * sizeof(float));
  const auto with = std::make_shared<entrants<Graph>>();
  of.keeps = with;
  const auto wanted = enter_ours<Graph>(of, *with);
  const network_value value(Graph, with->weights.source());
  const float* const blob = value.blob(layer);
  const auto enter_onednn = [&](const char* who, std::unique_ptr<onednn_layer> made) {
    const std::shared_ptr<onednn_layer> shared = std::move(made);
    shared->run();
    check_equal(of, who, wanted, shared->outputs(), answers_agree);
    of.contestants.push_back(timed_here(who, [each = shared.get()] { each->run(); }));
    with->others.push_back(shared);
  };
  if constexpr (is_dense) {
    enter_onednn("oneDNN", onednn_layer::dense(cleave::dense_shape_of(layer), with->input.data(), blob));
#ifdef CLEAVE_BENCH_OPENBLAS
    const auto product = std::make_shared<sgemv_layer>(value, with->input);
    product->run();
    check_equal(of, "OpenBLAS", wanted, product->finished(value.biases(layer)), answers_agree);
    of.contestants.push_back(timed_here("OpenBLAS", [each = product.get()] { each->run(); }));
    with->others.push_back(product);
#endif
  } else {
    constexpr auto shape = cleave::conv2d_shape_of(layer);
    enter_onednn("oneDNN",
                 onednn_layer::convolution(shape, with->input.data(), blob, dnnl::algorithm::convolution_direct));
    if (auto winograd =
            onednn_layer::convolution(shape, with->input.data(), blob, dnnl::algorithm::convolution_winograd)) {
      enter_onednn("oneDNN, Winograd", std::move(winograd));
    }
  }
#ifdef CLEAVE_BENCH_XNNPACK
  enter(of, with->others, "XNNPACK", wanted, xnnpack_network::make(value, with->input));
#endif
  return of;
}

}  // namespace

std::vector<std::function<row()>> all_layers() {
  return {
      [] { return layer_row<resnet8_16>("3x3 16->16 @32x32", 0.697); },
      [] { return layer_row<resnet8_16_to_32>("3x3 s2 16->32 @32x32", 0.959); },
      [] { return layer_row<resnet8_64>("3x3 64->64 @8x8", 0.510); },
      [] { return layer_row<dscnn_pointwise>("1x1 64->64 @25x5", 0.962); },
      [] { return layer_row<mobilenet_pointwise>("1x1 128->128 @12x12", 1.000); },
      [] { return layer_row<dscnn_depthwise>("depthwise 3x3 64 @25x5", 0.603); },
      [] { return layer_row<depthwise_48>("depthwise 3x3 32 @48x48", 0.718); },
      [] { return layer_row<alexnet_2>("5x5 g2 96->256 @27x27", 1.000); },
      [] { return layer_row<vgg16_256>("3x3 128->256 @56x56", 0.334); },
      [] { return layer_row<vgg16_512>("3x3 512->512 @14x14", 0.506); },
      [] { return layer_row<resnet50_1>("7x7 s2 3->64 @224", 1.000); },
      [] { return layer_row<alexnet_1>("11x11 s4 3->96 @227", 0.991); },
      [] { return layer_row<dense_640>("dense 640->128", 0.901); },
      [] { return layer_row<dense_1024>("dense 1024->1000", 1.000); },
      [] { return layer_row<dense_9216>("dense 9216->4096", 0.642, true); },
  };
}

}  // namespace cleave_bench
