// SPDX-License-Identifier: BSL-1.0
/// @file
/// One layer as C++: a function a family of layers, each writing the fields that differ from their defaults.

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <cleave/layers/layers.hpp>

#include "emit.hpp"
#include "refusal.hpp"

namespace importer {

namespace {

using cleave::op;

std::string text(int number) { return std::to_string(number); }
std::string text(bool yes) { return yes ? "true" : "false"; }

/// The shortest digits that read back as the same float.
std::string text(float number) {
  if (std::isnan(number)) throw refusal(trouble::unsupported, "a layer has a number that is none (NaN)");
  if (std::isinf(number)) {
    return std::string{number < 0 ? "-" : ""} + "std::numeric_limits<float>::infinity()";
  }
  if (number == std::trunc(number) && std::abs(number) < 1e6F) return std::to_string(static_cast<int>(number));
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  std::string result(digits.data(), end.ptr);
  if (result.find_first_of(".e") == std::string::npos) result += ".0";
  return result + "F";
}

std::string text(cleave::extent of) {
  return of.height == of.width ? text(of.height) : "{" + text(of.height) + ", " + text(of.width) + "}";
}

std::string text(const cleave::padding& of) {
  if (of.automatic) return "cleave::same";
  if (of.top == of.bottom && of.left == of.right) {
    return of.top == of.left ? text(of.top) : "{" + text(of.top) + ", " + text(of.left) + "}";
  }
  return "{" + text(of.top) + ", " + text(of.left) + ", " + text(of.bottom) + ", " + text(of.right) + "}";
}

std::string text(cleave::label of) { return "\"" + std::string{of} + "\""; }

std::string text(const int* numbers, std::size_t count) {
  std::string result = "{";
  for (std::size_t i = 0; i < count; ++i) result += (i > 0 ? ", " : "") + text(numbers[i]);
  return result + "}";
}

/// A layer's name and the fields so far.
class spelling {
 public:
  explicit spelling(std::string type) : type_(std::move(type)) {}

  template <class T>
  spelling& field(const char* name, const T& value) {
    return raw(name, text(value));
  }
  template <class T>
  spelling& field(const char* name, const T& value, const T& otherwise) {
    return value == otherwise ? *this : raw(name, text(value));
  }
  spelling& raw(const char* name, const std::string& value) {
    fields_ += (fields_.empty() ? "." : ", .") + std::string{name} + " = " + value;
    return *this;
  }
  /// The label and the source, which end every layer.
  std::string end(const cleave::layer_record& of) {
    if (!of.name.empty()) raw("name", text(of.name));
    if (!of.from[0].empty()) raw("from", text(of.from[0]));
    return "cleave::" + type_ + "{" + fields_ + "}";
  }

 private:
  std::string type_;
  std::string fields_;
};

spelling shaped(const char* type, cleave::shape of) {
  spelling result{type};
  result.field("height", of.height, 1).field("width", of.width, 1).field("channels", of.channels, 1);
  return result;
}

spelling window_of(spelling result, const cleave::layer_record& of, cleave::extent stride) {
  return result.field("kernel", of.kernel)
      .field("stride", of.stride, stride)
      .field("padding", of.pad, cleave::padding{});
}

std::string convolution(const cleave::layer_record& of) {
  spelling result{of.kind == op::conv2d ? "conv2d" : "depthwise_conv2d"};
  if (of.kind == op::conv2d) result.field("channels", of.channels);
  result = window_of(result, of, 1).field("dilation", of.dilation, cleave::extent{1});
  if (of.kind == op::conv2d) result.field("groups", of.groups, 1);
  else result.field("multiplier", of.channels, 1);
  return result.end(of);
}

std::string pool(const cleave::layer_record& of) {
  if (of.kind == op::max_pool) {
    return window_of(spelling{"max_pool"}, of, of.kernel)
        .field("dilation", of.dilation, cleave::extent{1})
        .field("ceil_mode", of.ceil_mode, false)
        .end(of);
  }
  return window_of(spelling{"average_pool"}, of, of.kernel)
      .field("ceil_mode", of.ceil_mode, false)
      .field("count_include_pad", of.count_include_pad, false)
      .end(of);
}

std::string arithmetic(const char* type, const cleave::layer_record& of) {
  return spelling{type}.field("with", of.from[1]).end(of);
}

std::string concat(const cleave::layer_record& of) {
  std::string others = "{";
  for (int k = 1; k < of.arity; ++k) others += (k > 1 ? ", " : "") + text(of.from[static_cast<std::size_t>(k)]);
  spelling result{"concat"};
  result.raw("with", others + "}");
  const auto axis = static_cast<cleave::axis>(of.integers[0]);
  if (axis != cleave::axis::channels) {
    result.raw("axis", axis == cleave::axis::height ? "cleave::axis::height" : "cleave::axis::width");
  }
  return result.end(of);
}

std::string rearrangement(const cleave::layer_record& of) {
  const cleave::element_order order = cleave::rearrange::order(of);
  return shaped("rearrange", of.given)
      .raw("dims", text(order.sizes.data(), order.rank()))
      .raw("strides", text(order.steps.data(), order.rank()))
      .field("offset", order.offset, 0)
      .end(of);
}

std::string slice(const cleave::layer_record& of) {
  const auto three = [&](std::size_t at) {
    return std::array{of.integers[at], of.integers[at + 1], of.integers[at + 2]};
  };
  spelling result{"slice"};
  const auto add = [&](const char* name, const std::array<int, 3>& numbers, const std::array<int, 3>& otherwise) {
    if (numbers != otherwise) result.raw(name, text(numbers.data(), 3));
  };
  add("begin", three(0), {0, 0, 0});
  add("size", three(3), {0, 0, 0});
  add("step", three(6), {1, 1, 1});
  return result.end(of);
}

std::string transpose(const cleave::layer_record& of) {
  std::size_t rank = 0;
  while (rank < cleave::max_dimensions && of.integers[rank] != 0) ++rank;
  spelling result{"transpose"};
  if (rank > 0) result.raw("dims", text(of.integers.data(), rank));
  return result.raw("permutation", text(of.integers.data() + cleave::max_dimensions, rank == 0 ? 3 : rank)).end(of);
}

std::string reduction(const cleave::layer_record& of) {
  static constexpr std::array<const char*, 10> kinds{"mean", "sum", "max",        "min",     "product",
                                                     "l1",   "l2",  "sum_square", "log_sum", "log_sum_exp"};
  const auto kind = static_cast<std::size_t>(of.integers[0]);
  spelling result{"reduce"};
  if (kind != 0) result.raw("kind", std::string{"cleave::reduction::"} + kinds.at(kind));
  return result.end(of);
}

std::string resize(const cleave::layer_record& of) {
  static constexpr std::array<const char*, 5> coordinates{"half_pixel", "asymmetric", "align_corners",
                                                          "pytorch_half_pixel", "tf_half_pixel_for_nn"};
  static constexpr std::array<const char*, 4> rounding{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  spelling result{"resize"};
  result.field("height", of.given.height).field("width", of.given.width);
  if (of.integers[0] != 0) result.raw("mode", "cleave::resize_mode::linear");
  if (of.integers[1] != 0) {
    result.raw("coordinates",
               std::string{"cleave::resize_coordinates::"} + coordinates.at(static_cast<std::size_t>(of.integers[1])));
  }
  if (of.integers[2] != 0) {
    result.raw("rounding",
               std::string{"cleave::resize_rounding::"} + rounding.at(static_cast<std::size_t>(of.integers[2])));
  }
  return result.field("vertical_scale", of.numbers[0], 0.0F).field("horizontal_scale", of.numbers[1], 0.0F).end(of);
}

std::string recurrent(const char* type, const cleave::layer_record& of) {
  spelling result{type};
  result.field("units", of.channels);
  if (of.kind == op::gru) result.field("linear_before_reset", of.integers[0] != 0, false);
  return result.field("initial_state", of.integers[1] != 0, false).end(of);
}

std::string clip(const cleave::layer_record& of) {
  if (of.function.alpha == 0 && of.function.beta == 6) return spelling{"relu6"}.end(of);
  return spelling{"clip"}.field("low", of.function.alpha).field("high", of.function.beta).end(of);
}

std::string with_alpha(const char* type, const cleave::layer_record& of, float otherwise) {
  return spelling{type}.field("alpha", of.function.alpha, otherwise).end(of);
}

}  // namespace

std::string layer_text(const cleave::layer_record& of) {
  const auto bare = [&](const char* type) { return spelling{type}.end(of); };
  switch (of.kind) {
    case op::input: return shaped("input", of.given).end(of);
    case op::constant: return shaped("constant", of.given).end(of);
    case op::reshape: return shaped("reshape", of.given).end(of);
    case op::conv2d:
    case op::depthwise_conv2d: return convolution(of);
    case op::dense: return spelling{"dense"}.field("units", of.channels).end(of);
    case op::max_pool:
    case op::average_pool: return pool(of);
    case op::global_max_pool: return bare("global_max_pool");
    case op::global_average_pool: return bare("global_average_pool");
    case op::relu: return bare("relu");
    case op::clip: return clip(of);
    case op::leaky_relu: return with_alpha("leaky_relu", of, cleave::leaky_relu{}.alpha);
    case op::elu: return with_alpha("elu", of, cleave::elu{}.alpha);
    case op::celu: return with_alpha("celu", of, cleave::celu{}.alpha);
    case op::swish: return with_alpha("swish", of, cleave::swish{}.alpha);
    case op::thresholded_relu: return with_alpha("thresholded_relu", of, cleave::thresholded_relu{}.alpha);
    case op::power_of: return spelling{"power_of"}.field("exponent", of.function.alpha).end(of);
    case op::selu:
      return spelling{"selu"}
          .field("alpha", of.function.alpha, cleave::selu{}.alpha)
          .field("gamma", of.function.gamma, cleave::selu{}.gamma)
          .end(of);
    case op::hard_sigmoid:
      return spelling{"hard_sigmoid"}
          .field("alpha", of.function.alpha, cleave::hard_sigmoid{}.alpha)
          .field("beta", of.function.beta, cleave::hard_sigmoid{}.beta)
          .end(of);
    case op::gelu:
      return spelling{"gelu"}
          .field("approximate", of.function.kind == cleave::activation_kind::gelu_tanh, false)
          .end(of);
    case op::prelu: return bare("prelu");
    case op::sigmoid: return bare("sigmoid");
    case op::tanh: return bare("tanh");
    case op::hard_swish: return bare("hard_swish");
    case op::softplus: return bare("softplus");
    case op::softmax: return bare("softmax");
    case op::log_softmax: return bare("log_softmax");
    case op::hardmax: return bare("hardmax");
    case op::exp: return bare("exp");
    case op::log: return bare("log");
    case op::sqrt: return bare("sqrt");
    case op::negate: return bare("negate");
    case op::absolute: return bare("absolute");
    case op::reciprocal: return bare("reciprocal");
    case op::floor: return bare("floor");
    case op::ceil: return bare("ceil");
    case op::round: return bare("round");
    case op::sign: return bare("sign");
    case op::sine: return bare("sine");
    case op::cosine: return bare("cosine");
    case op::erf: return bare("erf");
    case op::mish: return bare("mish");
    case op::softsign: return bare("softsign");
    case op::batch_normalization:
      return spelling{"batch_normalization"}
          .field("epsilon", of.numbers[0], cleave::batch_normalization{}.epsilon)
          .end(of);
    case op::normalize:
      return spelling{"normalize"}
          .field("epsilon", of.numbers[0], cleave::normalize{}.epsilon)
          .field("center", of.integers[0] != 0, true)
          .end(of);
    case op::local_response_normalization:
      return spelling{"local_response_normalization"}
          .field("size", of.channels)
          .field("alpha", of.numbers[0], 1e-4F)
          .field("beta", of.numbers[1], 0.75F)
          .field("bias", of.numbers[2], 1.0F)
          .end(of);
    case op::add: return arithmetic("add", of);
    case op::subtract: return arithmetic("subtract", of);
    case op::multiply: return arithmetic("multiply", of);
    case op::divide: return arithmetic("divide", of);
    case op::maximum: return arithmetic("maximum", of);
    case op::minimum: return arithmetic("minimum", of);
    case op::power: return arithmetic("power", of);
    case op::concat: return concat(of);
    case op::pad:
      return spelling{"pad"}
          .field("padding", of.pad)
          .field("value", of.numbers[0], 0.0F)
          .field("interior", cleave::extent{of.dilation.height - 1, of.dilation.width - 1}, cleave::extent{0})
          .end(of);
    case op::upsample: return spelling{"upsample"}.field("factor", of.kernel).end(of);
    case op::resize: return resize(of);
    case op::rearrange: return rearrangement(of);
    case op::slice: return slice(of);
    case op::transpose: return transpose(of);
    case op::reduce: return reduction(of);
    case op::argmax: return spelling{"argmax"}.field("last_index", of.integers[0] != 0, false).end(of);
    case op::argmin: return spelling{"argmin"}.field("last_index", of.integers[0] != 0, false).end(of);
    case op::lstm: return recurrent("lstm", of);
    case op::gru: return recurrent("gru", of);
    case op::rnn: return recurrent("rnn", of);
    case op::output: return bare("output");
    default: throw refusal(trouble::unsupported, "a layer that can not be written");
  }
}

}  // namespace importer
