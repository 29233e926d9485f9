// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_ONEDNN_HPP
#define CLEAVE_BENCH_PEERS_ONEDNN_HPP

/// @file
/// Layers computed by oneDNN 2, with the formats that it likes best for inputs, weights and outputs; the ReLU fused.
/// What it costs to bring tensors into those formats is not counted. One thread, with OMP_NUM_THREADS=1.

#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/weight_layout.hpp>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cleave_bench {

/// A layer with its memory, ready to run again and again.
class onednn_layer {
 public:
  void run() {
    primitive_.execute(stream(), arguments_);
    stream().wait();
  }
  /// The outputs of the last run, NHWC.
  std::vector<float> outputs() {
    std::vector<float> result(outputs_.get_size() / sizeof(float));
    dnnl::memory plain(outputs_, engine(), result.data());
    dnnl::reorder(arguments_.at(DNNL_ARG_DST), plain).execute(stream(), arguments_.at(DNNL_ARG_DST), plain);
    stream().wait();
    return result;
  }

  /// A convolution or, with `algorithm` winograd, the same in that form; null where oneDNN has none for it.
  static std::unique_ptr<onednn_layer> convolution(const cleave::kernels::conv2d_shape& of, const float* in,
                                                   const float* blob, dnnl::algorithm algorithm) {
    using dnnl::memory;
    const memory::dims in_dims{1, of.in.channels, of.in.height, of.in.width};
    const memory::dims out_dims{1, of.out.channels, of.out.height, of.out.width};
    memory::dims weight_dims{of.out.channels, of.group_inputs(), of.kernel.height, of.kernel.width};
    if (of.groups > 1) {
      weight_dims[0] = of.group_outputs();
      weight_dims.insert(weight_dims.begin(), of.groups);
    }
    const auto reach = [](int out, int stride, int kernel, int in_size, int before) {
      return memory::dim{(out - 1) * stride + kernel - in_size - before};
    };
    const memory::dims end_padding{reach(of.out.height, of.stride.height, of.kernel.height, of.in.height, of.pad.top),
                                   reach(of.out.width, of.stride.width, of.kernel.width, of.in.width, of.pad.left)};
    const auto any = [](const memory::dims& dims) {
      return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
    };
    const memory::desc bias(memory::dims{of.out.channels}, memory::data_type::f32, memory::format_tag::x);
    try {
      const dnnl::convolution_forward::desc what(
          dnnl::prop_kind::forward_inference, algorithm, any(in_dims), any(weight_dims), bias, any(out_dims),
          {of.stride.height, of.stride.width}, {of.pad.top, of.pad.left}, end_padding);
      const dnnl::convolution_forward::primitive_desc chosen(what, relu_behind(), engine());
      return std::make_unique<onednn_layer>(dnnl::convolution_forward(chosen), chosen, in_dims, out_dims, weight_dims,
                                            of.groups > 1 ? memory::format_tag::goihw : memory::format_tag::oihw, in,
                                            plain_weights(of, blob), biases(of, blob));
    } catch (const dnnl::error&) {
      return nullptr;
    }
  }

  static std::unique_ptr<onednn_layer> dense(const cleave::kernels::dense_shape& of, const float* in,
                                             const float* blob) {
    using dnnl::memory;
    const memory::dims in_dims{1, of.inputs};
    const memory::dims out_dims{1, of.outputs};
    const memory::dims weight_dims{of.outputs, of.inputs};
    const auto any = [](const memory::dims& dims) {
      return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
    };
    const memory::desc bias(memory::dims{of.outputs}, memory::data_type::f32, memory::format_tag::x);
    const dnnl::inner_product_forward::desc what(dnnl::prop_kind::forward_inference, any(in_dims), any(weight_dims),
                                                 bias, any(out_dims));
    const dnnl::inner_product_forward::primitive_desc chosen(what, relu_behind(), engine());
    const cleave::kernels::blocked_layout layout = blocked(of);
    std::vector<float> weights;
    std::vector<float> bias_values;
    for (int o = 0; o < of.outputs; ++o) {
      for (int i = 0; i < of.inputs; ++i) weights.push_back(blob[layout.weight(o, 0, 0, i)]);
      bias_values.push_back(blob[layout.bias(o)]);
    }
    return std::make_unique<onednn_layer>(dnnl::inner_product_forward(chosen), chosen, in_dims, out_dims, weight_dims,
                                          memory::format_tag::oi, in, std::move(weights), std::move(bias_values));
  }

  template <class Chosen>
  onednn_layer(dnnl::primitive primitive, const Chosen& chosen, const dnnl::memory::dims& in_dims,
               const dnnl::memory::dims& out_dims, const dnnl::memory::dims& weight_dims,
               dnnl::memory::format_tag weight_format, const float* in, std::vector<float> weights,
               std::vector<float> biases)
      : primitive_(std::move(primitive)), biases_(std::move(biases)) {
    using dnnl::memory;
    const auto plain = in_dims.size() == 4 ? memory::format_tag::nhwc : memory::format_tag::nc;
    arguments_ = {{DNNL_ARG_SRC, filled({in_dims, memory::data_type::f32, plain}, in, chosen.src_desc())},
                  {DNNL_ARG_WEIGHTS,
                   filled({weight_dims, memory::data_type::f32, weight_format}, weights.data(), chosen.weights_desc())},
                  {DNNL_ARG_BIAS, memory(chosen.bias_desc(), engine(), biases_.data())},
                  {DNNL_ARG_DST, memory(chosen.dst_desc(), engine())}};
    outputs_ = {out_dims, memory::data_type::f32, plain};
  }

 private:
  static dnnl::engine& engine() {
    static dnnl::engine one(dnnl::engine::kind::cpu, 0);
    return one;
  }
  static dnnl::stream& stream() {
    static dnnl::stream one(engine());
    return one;
  }
  static dnnl::primitive_attr relu_behind() {
    dnnl::post_ops behind;
    behind.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(behind);
    return attributes;
  }
  /// Numbers in a plain format, brought into the one that the primitive wants.
  static dnnl::memory filled(const dnnl::memory::desc& plain, const float* numbers, const dnnl::memory::desc& wanted) {
    dnnl::memory from(plain, engine(), const_cast<float*>(numbers));
    dnnl::memory to(wanted, engine());
    dnnl::reorder(from, to).execute(stream(), from, to);
    stream().wait();
    return to;
  }
  static std::vector<float> plain_weights(const cleave::kernels::conv2d_shape& of, const float* blob) {
    std::vector<float> weights;
    for (int o = 0; o < of.out.channels; ++o) {
      for (int i = 0; i < of.group_inputs(); ++i) {
        for (int y = 0; y < of.kernel.height; ++y) {
          for (int x = 0; x < of.kernel.width; ++x) {
            weights.push_back(is_depthwise(of) ? blob[depthwise_weights(of).weight(o, y, x)]
                                               : blob[blocked(of).weight(o, y, x, i)]);
          }
        }
      }
    }
    return weights;
  }
  static std::vector<float> biases(const cleave::kernels::conv2d_shape& of, const float* blob) {
    std::vector<float> result;
    for (int o = 0; o < of.out.channels; ++o) {
      result.push_back(is_depthwise(of) ? blob[depthwise_weights(of).bias(o)] : blob[blocked(of).bias(o)]);
    }
    return result;
  }

  dnnl::primitive primitive_;
  std::vector<float> biases_;
  std::unordered_map<int, dnnl::memory> arguments_;
  dnnl::memory::desc outputs_;
};

}  // namespace cleave_bench
#endif
