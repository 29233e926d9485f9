// SPDX-License-Identifier: BSL-1.0
/// @file
/// From the bytes of an ONNX file to a checked model. The only file that knows protobuf. Nothing that a file claims is
/// believed before it has been compared with the bytes that are there.

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cstring>
#include <limits>
#include <set>

#include "bytes.hpp"
#include "model.hpp"
#include "refusal.hpp"

namespace importer {

namespace {

[[noreturn]] void damaged(const std::string& words) { throw refusal(trouble::damaged, words); }

/// A text of the file without what would end a line of a message or of a comment in a header.
std::string clean(std::string text) {
  for (char& letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7F || letter == '\\') letter = '_';
  }
  return text;
}

template <class Field>
std::vector<std::string> clean_all(const Field& texts) {
  std::vector<std::string> result;
  for (const std::string& text : texts) result.push_back(clean(text));
  return result;
}

template <class Message>
bool parse(std::span<const char> bytes, Message& message) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetRecursionLimit(64);
  return message.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

std::string type_name(int type) {
  const bool known = onnx::TensorProto_DataType_IsValid(type);
  std::string name = known ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type))
                           : "type " + std::to_string(type);
  for (char& letter : name) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return name;
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 31U;
  const std::uint32_t mantissa = half & 1023U;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | mantissa << 13U);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112U) << 23U | mantissa << 13U);
  const float small = static_cast<float>(mantissa) * 0x1p-24F;
  return sign != 0 ? -small : small;
}

/// How many elements `dims` stand for. `room` is what the bytes that are there could hold at most.
std::size_t checked_count(const std::string& name, const google::protobuf::RepeatedField<std::int64_t>& dims,
                          std::size_t room) {
  std::uint64_t count = 1;
  bool nothing = false;
  for (const std::int64_t dim : dims) {
    if (dim < 0) damaged("tensor '" + name + "' has a negative size");
    if (dim == 0) nothing = true;
    if (dim > 0 && count > (std::uint64_t{1} << 40) / static_cast<std::uint64_t>(dim)) {
      damaged("tensor '" + name + "' claims more elements than any file holds");
    }
    if (dim > 0) count *= static_cast<std::uint64_t>(dim);
  }
  if (nothing) count = 0;
  if (count > room) {
    damaged("tensor '" + name + "' claims " + std::to_string(count) + " elements, but the file holds " +
            std::to_string(room));
  }
  return static_cast<std::size_t>(count);
}

template <class From, class To>
void copy_raw(const std::string& raw, std::size_t count, std::vector<To>& to) {
  to.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    From element{};
    std::memcpy(&element, raw.data() + i * sizeof element, sizeof element);
    to.push_back(static_cast<To>(element));
  }
}

template <class Field, class To>
void copy_field(const Field& field, std::size_t count, std::vector<To>& to) {
  to.reserve(count);
  for (std::size_t i = 0; i < count; ++i) to.push_back(static_cast<To>(field.Get(static_cast<int>(i))));
}

std::size_t bytes_of_type(int type) {
  switch (type) {
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::INT8:
    case onnx::TensorProto::BOOL: return 1;
    case onnx::TensorProto::UINT16:
    case onnx::TensorProto::INT16:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16: return 2;
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::INT32:
    case onnx::TensorProto::UINT32: return 4;
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::INT64:
    case onnx::TensorProto::UINT64: return 8;
    default: return 0;
  }
}

/// Reads what `raw_data` or the typed field of `from` hold.
void read_elements(const onnx::TensorProto& from, tensor& to) {
  const std::string name = clean(from.name());
  const int type = from.data_type();
  const std::size_t unit = bytes_of_type(type);
  if (unit == 0) {
    throw refusal(trouble::unsupported,
                  "tensor '" + name + "' has elements of type " + type_name(type) + "; cleave computes with float32");
  }
  const bool raw = from.has_raw_data() && !from.raw_data().empty();
  const auto room = [&](int elements) {
    return raw ? from.raw_data().size() / unit : static_cast<std::size_t>(elements);
  };
  const auto exact = [&](std::size_t count, std::size_t held) {
    if (count != held) {
      damaged("tensor '" + name + "' should have " + std::to_string(count) + " elements and has " +
              std::to_string(held));
    }
    return count;
  };
  const auto count_from = [&](int elements) {
    return exact(checked_count(name, from.dims(), room(elements)), room(elements));
  };
  const std::string& bytes = from.raw_data();
  switch (type) {
    case onnx::TensorProto::FLOAT: {
      const std::size_t count = count_from(from.float_data_size());
      raw ? copy_raw<float>(bytes, count, to.reals) : copy_field(from.float_data(), count, to.reals);
      return;
    }
    case onnx::TensorProto::DOUBLE: {
      const std::size_t count = count_from(from.double_data_size());
      raw ? copy_raw<double>(bytes, count, to.reals) : copy_field(from.double_data(), count, to.reals);
      return;
    }
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16: {
      const std::size_t count = count_from(from.int32_data_size());
      std::vector<std::uint16_t> halves;
      raw ? copy_raw<std::uint16_t>(bytes, count, halves) : copy_field(from.int32_data(), count, halves);
      for (const std::uint16_t half : halves) {
        to.reals.push_back(type == onnx::TensorProto::FLOAT16
                               ? half_to_float(half)
                               : std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16U));
      }
      return;
    }
    default: break;
  }
  to.integer = true;
  if (type == onnx::TensorProto::INT64) {
    const std::size_t count = count_from(from.int64_data_size());
    raw ? copy_raw<std::int64_t>(bytes, count, to.integers) : copy_field(from.int64_data(), count, to.integers);
  } else if (type == onnx::TensorProto::UINT64 || type == onnx::TensorProto::UINT32) {
    const std::size_t count = count_from(from.uint64_data_size());
    if (raw && unit == 4) copy_raw<std::uint32_t>(bytes, count, to.integers);
    else raw ? copy_raw<std::uint64_t>(bytes, count, to.integers) : copy_field(from.uint64_data(), count, to.integers);
  } else {
    const std::size_t count = count_from(from.int32_data_size());
    if (!raw) copy_field(from.int32_data(), count, to.integers);
    else if (type == onnx::TensorProto::INT32) copy_raw<std::int32_t>(bytes, count, to.integers);
    else if (type == onnx::TensorProto::INT16) copy_raw<std::int16_t>(bytes, count, to.integers);
    else if (type == onnx::TensorProto::UINT16) copy_raw<std::uint16_t>(bytes, count, to.integers);
    else if (type == onnx::TensorProto::INT8) copy_raw<std::int8_t>(bytes, count, to.integers);
    else copy_raw<std::uint8_t>(bytes, count, to.integers);
  }
}

tensor tensor_from(const onnx::TensorProto& from) {
  if (from.data_location() == onnx::TensorProto::EXTERNAL) {
    throw refusal(trouble::unsupported, "tensor '" + clean(from.name()) +
                                            "' lies in a file of its own; save the model with its weights inside");
  }
  if (from.has_segment()) damaged("tensor '" + clean(from.name()) + "' is only a segment");
  tensor to;
  to.dims.assign(from.dims().begin(), from.dims().end());
  read_elements(from, to);
  return to;
}

attribute attribute_from(const onnx::AttributeProto& from) {
  attribute to;
  to.integer = from.i();
  to.real = from.f();
  to.text = clean(from.s());
  for (const std::string& each : from.strings()) to.text += clean(each) + " ";
  to.integers.assign(from.ints().begin(), from.ints().end());
  to.reals.assign(from.floats().begin(), from.floats().end());
  if (from.has_t()) to.value = tensor_from(from.t());
  to.is_graph = from.has_g() || from.graphs_size() > 0;
  return to;
}

port port_from(const onnx::ValueInfoProto& from) {
  port to;
  to.name = clean(from.name());
  if (!from.type().has_tensor_type()) {
    throw refusal(trouble::unsupported, "'" + clean(from.name()) + "' is not a tensor");
  }
  to.type = type_name(from.type().tensor_type().elem_type());
  to.has_shape = from.type().tensor_type().has_shape();
  for (const auto& dim : from.type().tensor_type().shape().dim()) {
    to.dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    to.symbols.push_back(clean(dim.dim_param()));
  }
  return to;
}

operation operation_from(const onnx::NodeProto& from, std::size_t position) {
  operation to;
  to.kind = clean(from.op_type());
  to.domain = from.domain() == "ai.onnx" ? "" : clean(from.domain());
  to.name = clean(from.name());
  to.position = position;
  to.inputs = clean_all(from.input());
  to.outputs = clean_all(from.output());
  for (const auto& each : from.attribute()) to.attributes.emplace(clean(each.name()), attribute_from(each));
  return to;
}

/// Puts the nodes into an order in which each finds its inputs made. Throws where there is none.
void sort_nodes(model& of) {
  std::set<std::string> made;
  for (const auto& [name, value] : of.constants) made.insert(name);
  for (const port& each : of.inputs) made.insert(each.name);
  std::set<std::string> promised = made;
  for (const operation& each : of.nodes) {
    for (const std::string& name : each.outputs) {
      if (name.empty()) continue;
      if (!promised.insert(name).second) damaged(each.title() + " makes '" + name + "', which is made already");
    }
  }
  std::vector<operation> sorted;
  std::vector<operation> waiting = std::move(of.nodes);
  while (!waiting.empty()) {
    std::vector<operation> later;
    for (operation& each : waiting) {
      const std::string* missing = nullptr;
      for (const std::string& name : each.inputs) {
        if (!name.empty() && made.count(name) == 0) missing = &name;
      }
      if (missing != nullptr && promised.count(*missing) == 0) {
        damaged(each.title() + " reads '" + *missing + "', which nothing makes");
      }
      if (missing != nullptr) {
        later.push_back(std::move(each));
        continue;
      }
      for (const std::string& name : each.outputs) made.insert(name);
      sorted.push_back(std::move(each));
    }
    if (later.size() == waiting.size()) damaged(later[0].title() + " waits for its own result: the graph has a cycle");
    waiting = std::move(later);
  }
  of.nodes = std::move(sorted);
}

}  // namespace

model parse_model(std::span<const char> bytes) {
  onnx::ModelProto proto;
  if (bytes.empty()) damaged("the file is empty");
  if (!parse(bytes, proto)) damaged("this is not an ONNX model, or it is cut short");
  if (!proto.has_graph()) damaged("this is not an ONNX model: it has no graph");
  model result;
  for (const auto& each : proto.opset_import()) {
    if (each.domain().empty() || each.domain() == "ai.onnx") result.opset = each.version();
  }
  if (proto.opset_import_size() == 0) result.opset = 1;
  const onnx::GraphProto& graph = proto.graph();
  if (graph.node_size() == 0 && graph.output_size() == 0) damaged("the model's graph is empty");
  for (const auto& each : graph.initializer()) {
    if (!result.constants.emplace(clean(each.name()), tensor_from(each)).second) {
      damaged("two weights are called '" + clean(each.name()) + "'");
    }
  }
  if (graph.sparse_initializer_size() > 0) throw refusal(trouble::unsupported, "the model has sparse weights");
  for (const auto& each : graph.input()) {
    if (result.constants.count(clean(each.name())) == 0) result.inputs.push_back(port_from(each));
  }
  for (const auto& each : graph.output()) result.outputs.push_back(port_from(each));
  std::size_t position = 0;
  for (const auto& each : graph.node()) result.nodes.push_back(operation_from(each, ++position));
  sort_nodes(result);
  return result;
}

model read_model(const std::string& path) {
  try {
    return parse_model(bytes_of(path));
  } catch (const refusal& refused) {
    if (refused.kind() == trouble::unreadable) throw;
    throw refusal(refused.kind(), path + ": " + refused.what());
  }
}

named_tensor read_tensor(const std::string& path) {
  onnx::TensorProto proto;
  if (!parse(bytes_of(path), proto)) damaged(path + ": this is not an ONNX tensor, or it is cut short");
  return {clean(proto.name()), tensor_from(proto)};
}

}  // namespace importer
