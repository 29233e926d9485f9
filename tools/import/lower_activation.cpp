// SPDX-License-Identifier: BSL-1.0
/// @file
/// Functions of one element, and softmax and its kin along axes.

#include <algorithm>
#include <cmath>
#include <limits>

#include "lowering.hpp"

namespace importer {

value activated(lowering& to, const value& of, const cleave::layer_record& what) {
  value made = of;
  made.layer = to.add(what, {of.layer});
  return made;
}

namespace {

template <class Layer>
void simple(lowering& to, const operation& of) {
  to.give(of, 0, activated(to, to.computed(of, 0), Layer{}));
}

void leaky_relu(lowering& to, const operation& of) {
  to.give(of, 0, activated(to, to.computed(of, 0), cleave::leaky_relu{.alpha = of.real("alpha", 0.01F)}));
}
void elu(lowering& to, const operation& of) {
  to.give(of, 0, activated(to, to.computed(of, 0), cleave::elu{.alpha = of.real("alpha", 1.0F)}));
}
void celu(lowering& to, const operation& of) {
  to.give(of, 0, activated(to, to.computed(of, 0), cleave::celu{.alpha = of.real("alpha", 1.0F)}));
}
void swish(lowering& to, const operation& of) {
  to.give(of, 0, activated(to, to.computed(of, 0), cleave::swish{.alpha = of.real("alpha", 1.0F)}));
}
void thresholded_relu(lowering& to, const operation& of) {
  to.give(of, 0, activated(to, to.computed(of, 0), cleave::thresholded_relu{.alpha = of.real("alpha", 1.0F)}));
}
void hard_sigmoid(lowering& to, const operation& of) {
  to.give(of, 0,
          activated(to, to.computed(of, 0),
                    cleave::hard_sigmoid{.alpha = of.real("alpha", 0.2F), .beta = of.real("beta", 0.5F)}));
}
void selu(lowering& to, const operation& of) {
  const cleave::selu defaults;
  to.give(
      of, 0,
      activated(to, to.computed(of, 0),
                cleave::selu{.alpha = of.real("alpha", defaults.alpha), .gamma = of.real("gamma", defaults.gamma)}));
}
void gelu(lowering& to, const operation& of) {
  to.give(of, 0,
          activated(to, to.computed(of, 0), cleave::gelu{.approximate = of.text("approximate", "none") == "tanh"}));
}

/// Its bounds are attributes before operator set 11, inputs behind.
void clip(lowering& to, const operation& of) {
  const auto bound = [&](std::size_t index, const char* name, float otherwise) {
    if (to.opset() < 11) return of.real(name, otherwise);
    if (!of.has_input(index)) return otherwise;
    const tensor& given = to.known(of, index, name);
    if (given.size() != 1) lowering::damaged(of, std::string{"the bound '"} + name + "' is not one number");
    return static_cast<float>(given.number(0));
  };
  constexpr float limit = std::numeric_limits<float>::max();
  const float low = std::max(bound(1, "min", -limit), -limit);
  const float high = std::min(bound(2, "max", limit), limit);
  if (std::isnan(low) || std::isnan(high)) lowering::damaged(of, "a bound is no number");
  value from = to.computed(of, 0);
  if (low <= -limit && high >= limit) {
    to.give(of, 0, from);
  } else if (low == 0 && high >= limit) {
    to.give(of, 0, activated(to, from, cleave::relu{}));
  } else if (low == 0 && high == 6) {
    to.give(of, 0, activated(to, from, cleave::relu6{}));
  } else {
    to.give(of, 0, activated(to, from, cleave::clip{.low = low, .high = high}));
  }
}

/// One slope for all elements, or slopes along some axes.
void prelu(lowering& to, const operation& of) {
  value from = to.computed(of, 0);
  const tensor& slope = to.known(of, 1, "the slope");
  sizes dims = slope.dims;
  if (dims.size() > from.rank()) lowering::damaged(of, "the slope has more axes than the input");
  // Before broadcasting came, slopes were those of the channels.
  if (dims.size() == 1 && from.rank() > 1 && dims[0] > 1 && dims[0] == from.dims[1] &&
      (to.opset() < 9 || dims[0] != from.dims.back())) {
    dims.insert(dims.end(), from.rank() - 2, 1);
  }
  dims.insert(dims.begin(), from.rank() - dims.size(), 1);
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == 1) continue;
    if (dims[axis] != from.dims[axis]) lowering::damaged(of, "the slope does not fit the input");
    axes.push_back(axis);
  }
  parameters trained;
  const std::vector<float> numbers = slope.floats();
  if (axes.empty()) {
    trained.weights = numbers;
  } else {
    from = to.innermost(from, axes);
    for (const std::int64_t number : lowering::inner_numbers(from, axes)) {
      trained.weights.push_back(numbers[static_cast<std::size_t>(number)]);
    }
  }
  value made = from;
  made.layer = to.add(cleave::prelu{}, {from.layer}, std::move(trained));
  to.give(of, 0, made);
}

/// Before operator set 13 all axes from `axis` on were one; since then it is `axis` alone.
template <class Layer>
void along(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  std::vector<std::size_t> axes;
  const bool older = to.opset() < 13;
  const std::size_t first = axis_of(of.integer("axis", older ? 1 : -1), given.rank());
  for (std::size_t axis = first; axis < (older ? given.rank() : first + 1); ++axis) axes.push_back(axis);
  value made = to.innermost(given, axes);
  made.layer = to.add(Layer{}, {made.layer});
  to.give(of, 0, made);
}

}  // namespace

void add_activations(lower_table& table) {
  table["Relu"] = simple<cleave::relu>;
  table["Sigmoid"] = simple<cleave::sigmoid>;
  table["Tanh"] = simple<cleave::tanh>;
  table["HardSwish"] = simple<cleave::hard_swish>;
  table["Softplus"] = simple<cleave::softplus>;
  table["Softsign"] = simple<cleave::softsign>;
  table["Mish"] = simple<cleave::mish>;
  table["Exp"] = simple<cleave::exp>;
  table["Log"] = simple<cleave::log>;
  table["Sqrt"] = simple<cleave::sqrt>;
  table["Neg"] = simple<cleave::negate>;
  table["Abs"] = simple<cleave::absolute>;
  table["Reciprocal"] = simple<cleave::reciprocal>;
  table["Floor"] = simple<cleave::floor>;
  table["Ceil"] = simple<cleave::ceil>;
  table["Round"] = simple<cleave::round>;
  table["Sign"] = simple<cleave::sign>;
  table["Sin"] = simple<cleave::sine>;
  table["Cos"] = simple<cleave::cosine>;
  table["Erf"] = simple<cleave::erf>;
  table["LeakyRelu"] = leaky_relu;
  table["Elu"] = elu;
  table["Celu"] = celu;
  table["Swish"] = swish;
  table["ThresholdedRelu"] = thresholded_relu;
  table["HardSigmoid"] = hard_sigmoid;
  table["Selu"] = selu;
  table["Gelu"] = gelu;
  table["Clip"] = clip;
  table["PRelu"] = prelu;
  table["Softmax"] = along<cleave::softmax>;
  table["LogSoftmax"] = along<cleave::log_softmax>;
  table["Hardmax"] = along<cleave::hardmax>;
}

}  // namespace importer
