// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_ACTIVATION_HPP
#define CLEAVE_LAYERS_ACTIVATION_HPP

/// @file
/// Layers that apply one function to every element. Formulas and defaults are those of the ONNX operators; see
/// core/activation.hpp.

#include <cleave/layers/record.hpp>

namespace cleave {

namespace detail {

constexpr layer_record activation_record(op kind, activation function, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.function = function;
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// The shape rule of all layers that keep the shape of what they receive.
constexpr inference infer_unchanged(shape in) noexcept {
  inference result;
  result.out = in;
  return result;
}

/// max(x, 0).
struct relu {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::relu, {activation_kind::relu, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// min(max(x, 0), 6).
struct relu6 {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::clip, {activation_kind::clip, 0.0F, 6.0F, 0.0F}, name, from);
  }
};

/// min(max(x, low), high).
struct clip {
  float low;
  float high;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::clip, {activation_kind::clip, low, high, 0.0F}, name, from);
  }
};

/// x where positive, alpha x elsewhere.
struct leaky_relu {
  float alpha = 0.01F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::leaky_relu, {activation_kind::leaky_relu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x where positive, alpha (exp x - 1) elsewhere.
struct elu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::elu, {activation_kind::elu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// gamma x where positive, gamma alpha (exp x - 1) elsewhere.
struct selu {
  float alpha = 1.67326319217681884765625F;
  float gamma = 1.05070102214813232421875F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::selu, {activation_kind::selu, alpha, 0.0F, gamma}, name, from);
  }
};

/// 1 / (1 + exp -x).
struct sigmoid {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sigmoid, {activation_kind::sigmoid, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The hyperbolic tangent.
struct tanh {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::tanh, {activation_kind::tanh, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// min(max(x, low), high).
struct hard_tanh {
  float low = -1.0F;
  float high = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_tanh, {activation_kind::clip, low, high, 0.0F}, name, from);
  }
};

/// max(0, min(1, alpha x + beta)).
struct hard_sigmoid {
  float alpha = 0.2F;
  float beta = 0.5F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_sigmoid, {activation_kind::hard_sigmoid, alpha, beta, 0.0F}, name, from);
  }
};

/// x max(0, min(1, x / 6 + 1/2)).
struct hard_swish {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_swish, {activation_kind::hard_swish, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// log(1 + exp x).
struct softplus {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::softplus, {activation_kind::softplus, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// max(x, 0) + min(alpha (exp(x / alpha) - 1), 0).
struct celu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::celu, {activation_kind::celu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x (1 + erf(x / sqrt 2)) / 2, or with `approximate` tanh in place of erf.
struct gelu {
  bool approximate = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    const activation_kind kind = approximate ? activation_kind::gelu_tanh : activation_kind::gelu;
    return detail::activation_record(op::gelu, {kind, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x sigmoid(alpha x).
struct swish {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::swish, {activation_kind::swish, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x tanh(log(1 + exp x)).
struct mish {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::mish, {activation_kind::mish, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x / (1 + |x|).
struct softsign {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::softsign, {activation_kind::softsign, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x where it is greater than alpha, 0 elsewhere.
struct thresholded_relu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::thresholded_relu, {activation_kind::thresholded_relu, alpha, 0.0F, 0.0F}, name,
                                     from);
  }
};

/// x where positive, slope x elsewhere, with one trained slope a channel (ONNX PRelu).
struct prelu {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::prelu, {}, name, from); }
};

/// exp x / sum of exp x over the channels of each pixel (ONNX Softmax on the channel axis).
struct softmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::softmax, {}, name, from); }
};

/// 1 for the largest channel of each pixel, the first one where several are equal, 0 for all others (ONNX Hardmax on
/// the channel axis).
struct hardmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::hardmax, {}, name, from); }
};

/// log of softmax, computed without making the quotient (ONNX LogSoftmax on the channel axis).
struct log_softmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::log_softmax, {}, name, from); }
};

}  // namespace cleave
#endif
