// SPDX-License-Identifier: BSL-1.0
#include "onnx_file.hpp"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace cleave_bench {

namespace {

using cleave::op;
using numbers_of = std::vector<std::int64_t>;

class writer {
 public:
  writer() {
    model_.set_ir_version(7);
    auto* const opset = model_.add_opset_import();
    opset->set_domain("");
    opset->set_version(13);
    graph().set_name("cleave");
  }
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  static void describe(onnx::ValueInfoProto& value, const std::string& name, const numbers_of& dims) {
    value.set_name(name);
    auto* const tensor = value.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t each : dims) tensor->mutable_shape()->add_dim()->set_dim_value(each);
  }
  onnx::NodeProto& node(const char* type, std::initializer_list<std::string> inputs, const std::string& output) {
    onnx::NodeProto& made = *graph().add_node();
    made.set_op_type(type);
    for (const std::string& each : inputs) made.add_input(each);
    made.add_output(output);
    return made;
  }
  static void set(onnx::NodeProto& of, const char* name, const numbers_of& values) {
    auto* const made = attribute(of, name, onnx::AttributeProto::INTS);
    for (const std::int64_t each : values) made->add_ints(each);
  }
  static void set(onnx::NodeProto& of, const char* name, std::int64_t value) {
    attribute(of, name, onnx::AttributeProto::INT)->set_i(value);
  }
  static void set(onnx::NodeProto& of, const char* name, float value) {
    attribute(of, name, onnx::AttributeProto::FLOAT)->set_f(value);
  }
  std::string constant(const numbers_of& dims, const std::vector<float>& values) {
    onnx::TensorProto& made = *graph().add_initializer();
    made.set_name("w" + std::to_string(graph().initializer_size()));
    made.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t each : dims) made.add_dims(each);
    made.set_raw_data(values.data(), values.size() * sizeof(float));
    return made.name();
  }
  bool save(const std::string& path) const {
    std::ofstream file(path, std::ios::binary);
    return model_.SerializeToOstream(&file) && file.flush();
  }

 private:
  static onnx::AttributeProto* attribute(onnx::NodeProto& of, const char* name,
                                         onnx::AttributeProto::AttributeType type) {
    auto* const made = of.add_attribute();
    made->set_name(name);
    made->set_type(type);
    return made;
  }
  onnx::ModelProto model_;
};

void set_window(onnx::NodeProto& made, const cleave::node& of) {
  const cleave::extent behind = padding_behind(of);
  writer::set(made, "kernel_shape", numbers_of{of.what.kernel.height, of.what.kernel.width});
  writer::set(made, "strides", numbers_of{of.what.stride.height, of.what.stride.width});
  writer::set(made, "pads", numbers_of{of.pad.top, of.pad.left, behind.height, behind.width});
}

/// Weights of a dense layer for inputs in the order of NCHW.
std::vector<float> dense_weights_chw(const network_value& of, const cleave::node& node) {
  const cleave::shape before = of.shape_before(node);
  std::vector<float> result;
  result.reserve(before.size() * static_cast<std::size_t>(node.out.channels));
  for (int out = 0; out < node.out.channels; ++out) {
    for (int channel = 0; channel < before.channels; ++channel) {
      for (int pixel = 0; pixel < before.height * before.width; ++pixel) {
        result.push_back(of.weight(node, out, pixel * before.channels + channel));
      }
    }
  }
  return result;
}

class exporter {
 public:
  explicit exporter(const network_value& of) : of_(of), names_(of.nodes.size()), flat_(of.nodes.size()) {}

  bool save(const std::string& path) {
    const cleave::shape in = of_.input().out;
    names_[0] = "t0";
    flat_[0] = in.height * in.width == 1;
    writer::describe(*to_.graph().add_input(), "t0",
                     flat_[0] ? numbers_of{1, in.channels} : numbers_of{1, in.channels, in.height, in.width});
    for (std::size_t i = 1; i < of_.nodes.size(); ++i) {
      if (!layer(i)) return false;
    }
    const cleave::shape out = of_.output().out;
    if (out.height * out.width != 1) return false;
    writer::describe(*to_.graph().add_output(), names_.back(),
                     flat_.back() ? numbers_of{1, out.channels} : numbers_of{1, out.channels, 1, 1});
    return to_.save(path);
  }

 private:
  bool layer(std::size_t index) {
    const cleave::node& node = of_.nodes[index];
    const cleave::layer_record& what = node.what;
    const auto source = static_cast<std::size_t>(node.inputs[0]);
    const std::string& in = names_[source];
    const std::string name = "t" + std::to_string(index);
    flat_[index] = flat_[source];
    names_[index] = name;
    if (renames(what.kind)) {
      names_[index] = in;
      return true;
    }
    switch (what.kind) {
      case op::conv2d:
      case op::depthwise_conv2d: {
        const std::string weights =
            to_.constant({node.out.channels, node.in.channels / node.groups, what.kernel.height, what.kernel.width},
                         of_.weights_oihw(node));
        onnx::NodeProto& made =
            to_.node("Conv", {in, weights, to_.constant({node.out.channels}, of_.biases(node))}, name);
        set_window(made, node);
        writer::set(made, "dilations", numbers_of{what.dilation.height, what.dilation.width});
        writer::set(made, "group", std::int64_t{node.groups});
        return true;
      }
      case op::dense: {
        std::string rows = in;
        if (!flat_[source]) {
          rows = name + "_flat";
          writer::set(to_.node("Flatten", {in}, rows), "axis", std::int64_t{1});
        }
        const std::string weights =
            to_.constant({node.out.channels, static_cast<std::int64_t>(node.in.size())},
                         flat_[source] ? of_.dense_weights(node) : dense_weights_chw(of_, node));
        onnx::NodeProto& made =
            to_.node("Gemm", {rows, weights, to_.constant({node.out.channels}, of_.biases(node))}, name);
        writer::set(made, "transB", std::int64_t{1});
        flat_[index] = true;
        return true;
      }
      case op::max_pool:
      case op::average_pool: {
        if (what.dilation != cleave::extent(1)) return false;
        onnx::NodeProto& made = to_.node(what.kind == op::max_pool ? "MaxPool" : "AveragePool", {in}, name);
        set_window(made, node);
        if (what.kind == op::average_pool) {
          writer::set(made, "count_include_pad", std::int64_t{what.count_include_pad ? 1 : 0});
        }
        return true;
      }
      case op::global_average_pool: to_.node("GlobalAveragePool", {in}, name); return true;
      case op::global_max_pool: to_.node("GlobalMaxPool", {in}, name); return true;
      case op::local_response_normalization: {
        onnx::NodeProto& made = to_.node("LRN", {in}, name);
        writer::set(made, "size", std::int64_t{what.channels});
        writer::set(made, "alpha", what.numbers[0]);
        writer::set(made, "beta", what.numbers[1]);
        writer::set(made, "bias", what.numbers[2]);
        return true;
      }
      case op::relu: to_.node("Relu", {in}, name); return true;
      case op::softmax: writer::set(to_.node("Softmax", {in}, name), "axis", std::int64_t{1}); return true;
      case op::add: to_.node("Add", {in, names_[static_cast<std::size_t>(node.inputs[1])]}, name); return true;
      case op::concat: {
        int channels = 0;
        onnx::NodeProto& made = to_.node("Concat", {}, name);
        for (int k = 0; k < what.arity; ++k) {
          const auto part = static_cast<std::size_t>(node.inputs[static_cast<std::size_t>(k)]);
          made.add_input(names_[part]);
          channels += of_.nodes[part].out.channels;
        }
        writer::set(made, "axis", std::int64_t{1});
        return channels == node.out.channels;
      }
      default: return false;
    }
  }

  const network_value& of_;
  writer to_;
  std::vector<std::string> names_;
  std::vector<char> flat_;
};

}  // namespace

bool write_onnx(const network_value& of, const std::string& path) { return exporter(of).save(path); }

bool write_empty_onnx(const std::string& path) {
  writer to;
  writer::describe(*to.graph().add_input(), "t0", {1});
  writer::describe(*to.graph().add_output(), "t1", {1});
  to.node("Identity", {"t0"}, "t1");
  return to.save(path);
}

}  // namespace cleave_bench
