// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_ONEDNN_NETWORK_HPP
#define CLEAVE_BENCH_PEERS_ONEDNN_NETWORK_HPP

/// @file
/// A whole network computed by oneDNN 2, as a careful user writes it: formats of its own choice between layers; bias,
/// sum and activation fused; weights transformed once. The input comes as NCHW and the answer leaves as plain numbers:
/// what that costs belongs to a run. One thread, with OMP_NUM_THREADS=1.

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "network_value.hpp"

namespace cleave_bench {

class onednn_network {
  using memory = dnnl::memory;
  using tag = memory::format_tag;

 public:
  /// Null where a layer is none that this runner knows. With `winograd`, 3x3 convolutions of stride 1 with 16 input
  /// channels or more use that form where the library has it; null where it has it for none.
  static std::unique_ptr<onednn_network> make(const network_value& of, const floats& input_nchw,
                                              bool winograd = false) {
    auto made = std::make_unique<onednn_network>();
    if (!made->build(of, input_nchw, winograd)) return nullptr;
    if (winograd && made->winograd_layers_ == 0) return nullptr;
    return made;
  }

  void run() {
    for (call& each : calls_) each.what.execute(stream_, each.arguments);
    stream_.wait();
  }
  const std::vector<float>& answer() const { return answer_; }

 private:
  struct call {
    dnnl::primitive what;
    std::unordered_map<int, memory> arguments;
  };

  static memory::desc any(const memory::dims& dims) { return {dims, memory::data_type::f32, tag::any}; }
  static memory::dims dims_of(cleave::shape of) { return {1, of.channels, of.height, of.width}; }
  memory fresh(const memory::desc& of) { return memory(of, engine_); }

  memory reordered(memory from, const memory::desc& wanted) {
    if (from.get_desc() == wanted) return from;
    memory to = fresh(wanted);
    calls_.push_back({dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}});
    return to;
  }
  /// Numbers of weights, in the format that a primitive wants, once.
  memory prepared(const memory::dims& dims, tag order, const std::vector<float>& numbers, const memory::desc& wanted) {
    memory plain({dims, memory::data_type::f32, order}, engine_, const_cast<float*>(numbers.data()));
    memory to = fresh(wanted);
    dnnl::reorder(plain, to).execute(stream_, plain, to);
    stream_.wait();
    return to;
  }

  static bool add_activation(dnnl::post_ops& behind, const cleave::activation& what) {
    using cleave::activation_kind;
    switch (what.kind) {
      case activation_kind::none: return true;
      case activation_kind::relu: behind.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F); return true;
      case activation_kind::clip:
        behind.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip, what.alpha, what.beta);
        return true;
      default: return false;
    }
  }

  bool build(const network_value& of, const floats& input, bool winograd) {
    values_.resize(of.nodes.size());
    input_ = input;
    const bool is_picture = of.input().out.height > 1 || of.input().out.width > 1;
    values_[0] = memory({is_picture ? dims_of(of.input().out) : memory::dims{1, of.input().out.channels},
                         memory::data_type::f32, is_picture ? tag::nchw : tag::nc},
                        engine_, input_.data());
    for (std::size_t i = 1; i < of.nodes.size();) {
      const cleave::fused_group group = of.group(i);
      const cleave::node& first = of.nodes[i];
      memory& made = values_[group.end - 1];
      if (renames(first.what.kind)) {
        made = source(first);
      } else if (first.what.kind == cleave::op::conv2d || first.what.kind == cleave::op::depthwise_conv2d) {
        if (!convolution(of, group, winograd)) return false;
      } else if (first.what.kind == cleave::op::dense) {
        if (!dense(of, group)) return false;
      } else if (!simple(of, group)) {
        return false;
      }
      i = group.end;
    }
    const memory& last = values_.back();
    const memory::dims dims = last.get_desc().dims();
    answer_.resize(of.output().out.size());
    memory plain({dims, memory::data_type::f32, dims.size() == 4 ? tag::nhwc : tag::nc}, engine_, answer_.data());
    calls_.push_back({dnnl::reorder(last, plain), {{DNNL_ARG_FROM, last}, {DNNL_ARG_TO, plain}}});
    return true;
  }

  memory& source(const cleave::node& of, std::size_t which = 0) {
    return values_[static_cast<std::size_t>(of.inputs[which])];
  }

  /// Where a fused sum finds its second operand, and the result its place.
  memory destination(const network_value& of, const cleave::fused_group& group, const memory::desc& wanted) {
    if (group.residual < 0) return fresh(wanted);
    memory& residual = values_[static_cast<std::size_t>(group.residual)];
    const bool read_later = of.at(of.at(group.residual).root).last_use >= static_cast<int>(group.end);
    if (!read_later && residual.get_desc() == wanted) return residual;
    memory copy = fresh(wanted);
    calls_.push_back({dnnl::reorder(residual, copy), {{DNNL_ARG_FROM, residual}, {DNNL_ARG_TO, copy}}});
    return copy;
  }
  static bool post_operations(const cleave::fused_group& group, dnnl::primitive_attr& attributes) {
    dnnl::post_ops behind;
    if (group.residual >= 0) behind.append_sum(1.0F);
    if (!add_activation(behind, group.post)) return false;
    attributes.set_post_ops(behind);
    return true;
  }

  bool convolution(const network_value& of, const cleave::fused_group& group, bool winograd) {
    const cleave::node& node = of.nodes[group.first];
    const cleave::layer_record& what = node.what;
    memory::dims weight_dims{node.out.channels, node.in.channels / node.groups, what.kernel.height, what.kernel.width};
    if (node.groups > 1) {
      weight_dims[0] /= node.groups;
      weight_dims.insert(weight_dims.begin(), node.groups);
    }
    const cleave::extent behind = padding_behind(node);
    dnnl::primitive_attr attributes;
    if (!post_operations(group, attributes)) return false;
    const memory::desc bias(memory::dims{node.out.channels}, memory::data_type::f32, tag::x);
    const auto choose = [&](dnnl::algorithm algorithm) {
      const dnnl::convolution_forward::desc wanted(dnnl::prop_kind::forward_inference, algorithm, any(dims_of(node.in)),
                                                   any(weight_dims), bias, any(dims_of(node.out)),
                                                   {what.stride.height, what.stride.width},
                                                   {what.dilation.height - 1, what.dilation.width - 1},
                                                   {node.pad.top, node.pad.left}, {behind.height, behind.width});
      return dnnl::convolution_forward::primitive_desc(wanted, attributes, engine_);
    };
    const bool can_be_winograd = winograd && what.kernel == cleave::extent(3) && what.stride == cleave::extent(1) &&
                                 node.groups == 1 && node.in.channels >= 16;
    dnnl::convolution_forward::primitive_desc chosen;
    if (can_be_winograd) {
      try {
        chosen = choose(dnnl::algorithm::convolution_winograd);
        ++winograd_layers_;
      } catch (const dnnl::error&) {
        // Not for these sizes or this processor.
      }
    }
    if (!chosen) chosen = choose(dnnl::algorithm::convolution_direct);
    const memory in = reordered(source(node), chosen.src_desc());
    const memory weights =
        prepared(weight_dims, node.groups > 1 ? tag::goihw : tag::oihw, of.weights_oihw(node), chosen.weights_desc());
    const memory out = destination(of, group, chosen.dst_desc());
    calls_.push_back({dnnl::convolution_forward(chosen),
                      {{DNNL_ARG_SRC, in},
                       {DNNL_ARG_WEIGHTS, weights},
                       {DNNL_ARG_BIAS, prepared({node.out.channels}, tag::x, of.biases(node), chosen.bias_desc())},
                       {DNNL_ARG_DST, out}}});
    values_[group.end - 1] = out;
    return true;
  }

  bool dense(const network_value& of, const cleave::fused_group& group) {
    const cleave::node& node = of.nodes[group.first];
    dnnl::primitive_attr attributes;
    if (!post_operations(group, attributes)) return false;
    const bool is_flat = source(node).get_desc().dims().size() == 2;
    const cleave::shape before = of.shape_before(node);
    memory::dims in_dims = is_flat ? memory::dims{1, static_cast<memory::dim>(node.in.size())} : dims_of(before);
    memory::dims weight_dims = in_dims;
    weight_dims[0] = node.out.channels;
    const memory::desc bias(memory::dims{node.out.channels}, memory::data_type::f32, tag::x);
    const dnnl::inner_product_forward::desc wanted(dnnl::prop_kind::forward_inference, any(in_dims), any(weight_dims),
                                                   bias, any({1, node.out.channels}));
    const dnnl::inner_product_forward::primitive_desc chosen(wanted, attributes, engine_);
    const memory in = reordered(source(node), chosen.src_desc());
    const memory out = destination(of, group, chosen.dst_desc());
    calls_.push_back({dnnl::inner_product_forward(chosen),
                      {{DNNL_ARG_SRC, in},
                       {DNNL_ARG_WEIGHTS, prepared(weight_dims, is_flat ? tag::oi : tag::ohwi, of.dense_weights(node),
                                                   chosen.weights_desc())},
                       {DNNL_ARG_BIAS, prepared({node.out.channels}, tag::x, of.biases(node), chosen.bias_desc())},
                       {DNNL_ARG_DST, out}}});
    values_[group.end - 1] = out;
    return true;
  }

  template <class Primitive>
  memory one_to_one(const typename Primitive::desc& wanted, const memory& in) {
    const typename Primitive::primitive_desc chosen(wanted, engine_);
    memory out = fresh(chosen.dst_desc());
    calls_.push_back({Primitive(chosen), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}}});
    return out;
  }

  /// Layers without weights.
  bool simple(const network_value& of, const cleave::fused_group& group) {
    using cleave::op;
    const cleave::node& node = of.nodes[group.first];
    const cleave::layer_record& what = node.what;
    const memory in = source(node);
    memory& out = values_[group.end - 1];
    constexpr auto inference = dnnl::prop_kind::forward_inference;
    switch (what.kind) {
      case op::max_pool:
      case op::average_pool: {
        if (what.dilation != cleave::extent(1)) return false;
        const auto algorithm = what.kind == op::max_pool ? dnnl::algorithm::pooling_max
                               : what.count_include_pad  ? dnnl::algorithm::pooling_avg_include_padding
                                                         : dnnl::algorithm::pooling_avg_exclude_padding;
        const cleave::extent behind = padding_behind(node);
        out = one_to_one<dnnl::pooling_forward>({inference,
                                                 algorithm,
                                                 in.get_desc(),
                                                 any(dims_of(node.out)),
                                                 {what.stride.height, what.stride.width},
                                                 {what.kernel.height, what.kernel.width},
                                                 {node.pad.top, node.pad.left},
                                                 {behind.height, behind.width}},
                                                in);
        return true;
      }
      case op::global_max_pool:
      case op::global_average_pool:
        out = one_to_one<dnnl::pooling_forward>(
            {inference,
             what.kind == op::global_max_pool ? dnnl::algorithm::pooling_max
                                              : dnnl::algorithm::pooling_avg_exclude_padding,
             in.get_desc(),
             any(dims_of(node.out)),
             {1, 1},
             {node.in.height, node.in.width},
             {0, 0},
             {0, 0}},
            in);
        return true;
      case op::local_response_normalization:
        out = one_to_one<dnnl::lrn_forward>({inference, dnnl::algorithm::lrn_across_channels, in.get_desc(),
                                             what.channels, what.numbers[0], what.numbers[1], what.numbers[2]},
                                            in);
        return true;
      case op::softmax: out = one_to_one<dnnl::softmax_forward>({inference, in.get_desc(), 1}, in); return true;
      case op::relu:
        out = one_to_one<dnnl::eltwise_forward>({inference, dnnl::algorithm::eltwise_relu, in.get_desc(), 0.0F}, in);
        return true;
      case op::add: {
        const memory second = source(node, 1);
        dnnl::primitive_attr attributes;
        if (node.in != of.at(node.inputs[1]).out || !post_operations(group, attributes)) return false;
        const dnnl::binary::primitive_desc chosen(
            dnnl::binary::desc(dnnl::algorithm::binary_add, in.get_desc(), second.get_desc(), in.get_desc()),
            attributes, engine_);
        out = fresh(chosen.dst_desc());
        calls_.push_back({dnnl::binary(chosen), {{DNNL_ARG_SRC_0, in}, {DNNL_ARG_SRC_1, second}, {DNNL_ARG_DST, out}}});
        return true;
      }
      case op::concat: {
        std::vector<memory::desc> parts;
        std::unordered_map<int, memory> arguments;
        for (int k = 0; k < what.arity; ++k) {
          const memory part = source(node, static_cast<std::size_t>(k));
          parts.push_back(part.get_desc());
          arguments.insert({DNNL_ARG_MULTIPLE_SRC + k, part});
        }
        int channels = 0;
        for (int k = 0; k < what.arity; ++k) channels += of.at(node.inputs[static_cast<std::size_t>(k)]).out.channels;
        if (channels != node.out.channels) return false;  // along another axis
        const dnnl::concat::primitive_desc chosen(1, parts, engine_);
        out = fresh(chosen.dst_desc());
        arguments.insert({DNNL_ARG_DST, out});
        calls_.push_back({dnnl::concat(chosen), std::move(arguments)});
        return true;
      }
      default: return false;
    }
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<memory> values_;
  std::vector<call> calls_;
  floats input_;
  std::vector<float> answer_;
  int winograd_layers_ = 0;
};

}  // namespace cleave_bench
#endif
