// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_XNNPACK_NETWORK_HPP
#define CLEAVE_BENCH_PEERS_XNNPACK_NETWORK_HPP

/// @file
/// A whole network computed by XNNPACK through its subgraphs, without a thread pool; NHWC in and out, as it likes best.

#include <xnnpack.h>

#include <array>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "network_value.hpp"

namespace cleave_bench {

class xnnpack_network {
 public:
  /// Null where a layer is none that XNNPACK of 2022 has: no concatenation, no local response normalisation.
  static std::unique_ptr<xnnpack_network> make(const network_value& of, const floats& input_nhwc) {
    auto made = std::make_unique<xnnpack_network>();
    return made->build(of, input_nhwc) ? std::move(made) : nullptr;
  }

  void run() { xnn_invoke_runtime(runtime_.get()); }
  const std::vector<float>& answer() const { return answer_; }

 private:
  template <auto Delete>
  struct deleted {
    template <class Handle>
    void operator()(Handle* handle) const {
      Delete(handle);
    }
  };
  template <class Handle, auto Delete>
  using owned = std::unique_ptr<std::remove_pointer_t<Handle>, deleted<Delete>>;
  struct limits {
    float least = -std::numeric_limits<float>::infinity();
    float most = std::numeric_limits<float>::infinity();
  };

  static bool limits_of(const cleave::activation& what, limits& result) {
    using cleave::activation_kind;
    if (what.kind == activation_kind::relu) result.least = 0;
    if (what.kind == activation_kind::clip) result = {what.alpha, what.beta};
    return what.kind == activation_kind::none || what.kind == activation_kind::relu ||
           what.kind == activation_kind::clip;
  }

  bool build(const network_value& of, const floats& input) {
    if (xnn_initialize(nullptr) != xnn_status_success) return false;
    xnn_subgraph_t graph = nullptr;
    if (xnn_create_subgraph(2, 0, &graph) != xnn_status_success) return false;
    graph_.reset(graph);
    ids_.assign(of.nodes.size(), XNN_INVALID_VALUE_ID);
    ids_[0] = tensor(of.input().out, 0, XNN_VALUE_FLAG_EXTERNAL_INPUT);
    for (std::size_t i = 1; i < of.nodes.size();) {
      cleave::fused_group group = of.group(i);
      const cleave::node& first = of.nodes[i];
      if (renames(first.what.kind)) {
        if (group.end == of.nodes.size()) return false;
        ids_[i] = ids_[static_cast<std::size_t>(first.inputs[0])];
        i = group.end;
        continue;
      }
      if (!layers(of, group)) return false;
      i = group.end;
    }
    xnn_runtime_t runtime = nullptr;
    if (xnn_create_runtime_v2(graph_.get(), nullptr, 0, &runtime) != xnn_status_success) return false;
    runtime_.reset(runtime);
    kept_.clear();  // packed by now
    input_ = input;
    // It may read a little behind the end.
    input_.resize(input_.size() + XNN_EXTRA_BYTES / sizeof(float));
    answer_.resize(of.output().out.size());
    const std::array<xnn_external_value, 2> outside{{{0, input_.data()}, {1, answer_.data()}}};
    return xnn_setup_runtime(runtime, outside.size(), outside.data()) == xnn_status_success;
  }

  std::uint32_t defined(const std::vector<std::size_t>& dims, const void* data, std::uint32_t outside,
                        std::uint32_t flags) {
    std::uint32_t id = XNN_INVALID_VALUE_ID;
    xnn_define_tensor_value(graph_.get(), xnn_datatype_fp32, dims.size(), dims.data(), data, outside, flags, &id);
    return id;
  }
  /// A tensor of pictures has four dimensions, one of numbers two.
  std::uint32_t tensor(cleave::shape of, std::uint32_t outside = XNN_INVALID_VALUE_ID, std::uint32_t flags = 0,
                       bool flat = false) {
    const auto size = [](int number) { return static_cast<std::size_t>(number); };
    flat = flat || (outside == 0 && of.height * of.width == 1);
    return flat ? defined({1, of.size()}, nullptr, outside, flags)
                : defined({1, size(of.height), size(of.width), size(of.channels)}, nullptr, outside, flags);
  }
  std::uint32_t numbers(const std::vector<std::size_t>& dims, std::vector<float> values) {
    kept_.push_back(std::move(values));
    return defined(dims, kept_.back().data(), XNN_INVALID_VALUE_ID, 0);
  }

  /// A group: the layer, then what follows it in calls of their own where the library has nothing fused.
  bool layers(const network_value& of, const cleave::fused_group& group) {
    using cleave::op;
    const cleave::node& node = of.nodes[group.first];
    const cleave::layer_record& what = node.what;
    limits clamp;
    if (!limits_of(group.post, clamp)) return false;
    const bool is_last = group.end == of.nodes.size();
    const std::uint32_t in = ids_[static_cast<std::size_t>(node.inputs[0])];
    const bool flat = what.kind == op::dense || (what.kind == op::softmax && is_flat(of, node.inputs[0]));
    const auto made = [&] {
      return is_last ? tensor(node.out, 1, XNN_VALUE_FLAG_EXTERNAL_OUTPUT, flat)
                     : tensor(node.out, XNN_INVALID_VALUE_ID, 0, flat);
    };
    const auto unsigned_of = [](int number) { return static_cast<std::uint32_t>(number); };
    const auto size = [](int number) { return static_cast<std::size_t>(number); };
    const cleave::extent behind = padding_behind(node);
    const limits own = group.residual >= 0 ? limits{} : clamp;
    const std::uint32_t out = group.residual >= 0 ? tensor(node.out, XNN_INVALID_VALUE_ID, 0, flat) : made();
    xnn_status status = xnn_status_unsupported_parameter;
    switch (what.kind) {
      case op::conv2d:
      case op::depthwise_conv2d: {
        const int inputs = node.in.channels / node.groups;
        const bool each = node.groups > 1 && inputs == 1;
        std::vector<float> values = of.weights_ohwi(node);
        if (each) {  // one filter with all outputs behind each other
          const std::vector<float> by_output = std::move(values);
          const std::size_t taps = by_output.size() / size(node.out.channels);
          values.assign(by_output.size(), 0.0F);
          for (std::size_t o = 0; o < size(node.out.channels); ++o) {
            for (std::size_t tap = 0; tap < taps; ++tap) {
              values[tap * size(node.out.channels) + o] = by_output[o * taps + tap];
            }
          }
        }
        const std::uint32_t filter =
            each ? numbers({1, size(what.kernel.height), size(what.kernel.width), size(node.out.channels)},
                           std::move(values))
                 : numbers({size(node.out.channels), size(what.kernel.height), size(what.kernel.width), size(inputs)},
                           std::move(values));
        const std::uint32_t bias = numbers({size(node.out.channels)}, of.biases(node));
        if (each) {
          status = xnn_define_depthwise_convolution_2d(
              graph_.get(), unsigned_of(node.pad.top), unsigned_of(behind.width), unsigned_of(behind.height),
              unsigned_of(node.pad.left), unsigned_of(what.kernel.height), unsigned_of(what.kernel.width),
              unsigned_of(what.stride.height), unsigned_of(what.stride.width), unsigned_of(what.dilation.height),
              unsigned_of(what.dilation.width), unsigned_of(node.out.channels / node.in.channels),
              size(node.in.channels), own.least, own.most, in, filter, bias, out, 0);
        } else {
          status = xnn_define_convolution_2d(
              graph_.get(), unsigned_of(node.pad.top), unsigned_of(behind.width), unsigned_of(behind.height),
              unsigned_of(node.pad.left), unsigned_of(what.kernel.height), unsigned_of(what.kernel.width),
              unsigned_of(what.stride.height), unsigned_of(what.stride.width), unsigned_of(what.dilation.height),
              unsigned_of(what.dilation.width), unsigned_of(node.groups), size(inputs),
              size(node.out.channels / node.groups), own.least, own.most, in, filter, bias, out, 0);
        }
        break;
      }
      case op::dense: {
        const std::uint32_t filter = numbers({size(node.out.channels), node.in.size()}, of.dense_weights(node));
        const std::uint32_t bias = numbers({size(node.out.channels)}, of.biases(node));
        status = xnn_define_fully_connected(graph_.get(), own.least, own.most, in, filter, bias, out,
                                            is_flat(of, node.inputs[0]) ? 0 : XNN_FLAG_TENSORFLOW_RESHAPE_2D);
        break;
      }
      case op::max_pool:
        status = xnn_define_max_pooling_2d(
            graph_.get(), unsigned_of(node.pad.top), unsigned_of(behind.width), unsigned_of(behind.height),
            unsigned_of(node.pad.left), unsigned_of(what.kernel.height), unsigned_of(what.kernel.width),
            unsigned_of(what.stride.height), unsigned_of(what.stride.width), unsigned_of(what.dilation.height),
            unsigned_of(what.dilation.width), own.least, own.most, in, out, 0);
        break;
      case op::global_average_pool:
        status = xnn_define_global_average_pooling_2d(graph_.get(), own.least, own.most, in, out, 0);
        break;
      case op::add:
        status = xnn_define_add2(graph_.get(), own.least, own.most, in, ids_[static_cast<std::size_t>(node.inputs[1])],
                                 out, 0);
        break;
      case op::relu: status = xnn_define_clamp(graph_.get(), 0, own.most, in, out, 0); break;
      case op::softmax: status = xnn_define_softmax(graph_.get(), in, out, 0); break;
      default: return false;
    }
    if (status != xnn_status_success) return false;
    ids_[group.end - 1] = out;
    if (group.residual < 0) return true;
    const std::uint32_t sum = made();
    ids_[group.end - 1] = sum;
    return xnn_define_add2(graph_.get(), clamp.least, clamp.most, out, ids_[static_cast<std::size_t>(group.residual)],
                           sum, 0) == xnn_status_success;
  }

  /// Made by a dense layer, or given as plain numbers.
  static bool is_flat(const network_value& of, int index) {
    const cleave::node* at = &of.at(index);
    while (at->what.kind != cleave::op::input && at->what.kind != cleave::op::dense) {
      if (at->out.height * at->out.width > 1 || at->what.kind == cleave::op::global_average_pool) return false;
      at = &of.at(at->inputs[0]);
    }
    return at->out.height * at->out.width == 1;
  }

  owned<xnn_subgraph_t, &xnn_delete_subgraph> graph_;
  owned<xnn_runtime_t, &xnn_delete_runtime> runtime_;
  std::vector<std::uint32_t> ids_;
  std::deque<std::vector<float>> kept_;
  floats input_;
  std::vector<float> answer_;
};

}  // namespace cleave_bench
#endif
