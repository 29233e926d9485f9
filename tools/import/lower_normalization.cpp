// SPDX-License-Identifier: BSL-1.0
/// @file
/// Normalisations: with trained means, across neighbouring channels, and over axes of the input itself.

#include <limits>
#include <numeric>

#include "lowering.hpp"

namespace importer {

namespace {

std::vector<float> floats(const lowering& to, const operation& of, std::size_t index, const char* what,
                          std::int64_t count) {
  const tensor& given = to.known(of, index, what);
  if (static_cast<std::int64_t>(given.size()) != count) {
    lowering::damaged(
        of, std::string{what} + " has " + std::to_string(given.size()) + " numbers for " + std::to_string(count));
  }
  return given.floats();
}

void batch_normalization(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  if (given.rank() < 2) lowering::damaged(of, "its input has no channels");
  if (of.integer("training_mode", 0) != 0)
    lowering::refuse(of, "it is in training mode; export the model for inference");
  if (to.opset() < 9 && of.integer("spatial", 1) == 0) lowering::refuse(of, "spatial = 0 is not supported");
  const std::int64_t channels = given.dims[1];
  parameters trained{floats(to, of, 1, "the scale", channels), floats(to, of, 2, "the bias", channels),
                     floats(to, of, 3, "the mean", channels), floats(to, of, 4, "the variance", channels)};
  value made = to.innermost(given, {1});
  const auto order = lowering::inner_numbers(made, {1});
  parameters moved;
  for (const std::int64_t number : order) {
    const auto index = static_cast<std::size_t>(number);
    moved.weights.push_back(trained.weights[index]);
    moved.bias.push_back(trained.bias[index]);
    moved.mean.push_back(trained.mean[index]);
    moved.variance.push_back(trained.variance[index]);
  }
  made.layer =
      to.add(cleave::batch_normalization{.epsilon = of.real("epsilon", 1e-5F)}, {made.layer}, std::move(moved));
  to.give(of, 0, made);
}

void lrn(lowering& to, const operation& of) {
  value made = to.computed(of, 0);
  if (made.rank() < 2) lowering::damaged(of, "its input has no channels");
  made = to.innermost(made, {1});
  made.layer = to.add(cleave::local_response_normalization{.size = static_cast<int>(of.integer("size", 0)),
                                                           .alpha = of.real("alpha", 1e-4F),
                                                           .beta = of.real("beta", 0.75F),
                                                           .bias = of.real("bias", 1.0F)},
                      {made.layer});
  to.give(of, 0, made);
}

/// (x - mean) / sqrt(variance + epsilon) over `axes`.
value normalized(lowering& to, const value& of, const std::vector<std::size_t>& axes, float epsilon, bool center) {
  value made = to.innermost(of, axes);
  made.layer = to.add(cleave::normalize{.epsilon = epsilon, .center = center}, {made.layer});
  return made;
}

std::vector<std::size_t> axes_from(std::size_t first, std::size_t rank) {
  std::vector<std::size_t> axes(rank - first);
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// Factor and term of a normalisation over the last axes; either may be missing. They broadcast.
value finished(lowering& to, const operation& of, const value& from, bool has_term) {
  value made = arithmetic(to, cleave::op::multiply, from, to.input(of, 1));
  if (has_term) made = arithmetic(to, cleave::op::add, made, to.input(of, 2));
  return made;
}

template <bool Center>
void layer_normalization(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const auto axes = axes_from(axis_of(of.integer("axis", -1), given.rank()), given.rank());
  const float epsilon = of.real("epsilon", 1e-5F);
  to.give(of, 0, finished(to, of, normalized(to, given, axes, epsilon, Center), Center && of.has_input(2)));
  if (!Center || (!of.has_output(1) && !of.has_output(2))) return;
  // The mean and the reciprocal of the deviation, for those that train.
  const value inner = to.innermost(given, axes);
  const auto reduced = [&](const value& from) {
    value made = without(from, axes, true);
    made.layer = to.add(cleave::reduce{.kind = cleave::reduction::mean}, {from.layer});
    return made;
  };
  const value mean = reduced(inner);
  to.give(of, 1, mean);
  if (!of.has_output(2)) return;
  const value offset = arithmetic(to, cleave::op::subtract, inner, mean);
  value spread_of = reduced(to.innermost(activated(to, offset, cleave::power_of{.exponent = 2}), axes));
  spread_of = scaled(to, spread_of, {}, {1.0F}, {epsilon});
  to.give(of, 2, activated(to, spread_of, cleave::power_of{.exponent = -0.5F}));
}

/// A factor and a term for each channel (axis 1).
value per_channel(lowering& to, const operation& of, const value& from, std::int64_t channels) {
  value scale = to.input(of, 1);
  value shift = to.input(of, 2);
  if (scale.count() != channels || shift.count() != channels) lowering::damaged(of, "scale or bias of another size");
  sizes dims(from.rank(), 1);
  dims[1] = channels;
  const value scaled_value = arithmetic(to, cleave::op::multiply, from, lowering::reshaped(scale, dims));
  return arithmetic(to, cleave::op::add, scaled_value, lowering::reshaped(shift, dims));
}

void instance_normalization(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  if (given.rank() < 3) lowering::damaged(of, "its input has no rows and columns");
  const value made = normalized(to, given, axes_from(2, given.rank()), of.real("epsilon", 1e-5F), true);
  to.give(of, 0, per_channel(to, of, made, given.dims[1]));
}

void group_normalization(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const std::int64_t groups = of.integer("num_groups", 0);
  if (given.rank() < 2 || groups <= 0 || given.dims[1] % groups != 0) lowering::damaged(of, "groups that do not fit");
  sizes split = given.dims;
  split[1] /= groups;
  split.insert(split.begin() + 1, groups);
  value made =
      normalized(to, lowering::reshaped(given, split), axes_from(2, split.size()), of.real("epsilon", 1e-5F), true);
  if (to.opset() < 21) lowering::refuse(of, "before operator set 21 its scale is that of groups");
  made = lowering::reshaped(made, given.dims);
  to.give(of, 0, per_channel(to, of, made, given.dims[1]));
}

void mean_variance_normalization(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : of.integers("axes", {0, 2, 3})) axes.push_back(axis_of(axis, given.rank()));
  to.give(of, 0, normalized(to, given, axes, 1e-18F, true));
}

/// x over its norm along an axis.
void lp_normalization(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const std::size_t axis = axis_of(of.integer("axis", -1), given.rank());
  const std::int64_t p = of.integer("p", 2);
  if (p != 1 && p != 2) lowering::refuse(of, "only the norms 1 and 2 are supported");
  const value inner = to.innermost(given, {axis});
  value norm = without(inner, {axis}, true);
  norm.layer = to.add(cleave::reduce{.kind = p == 1 ? cleave::reduction::l1 : cleave::reduction::l2}, {inner.layer});
  // Nothing but zeros stays that.
  norm = activated(to, norm, cleave::clip{.low = 1e-30F, .high = std::numeric_limits<float>::max()});
  to.give(of, 0, arithmetic(to, cleave::op::divide, inner, norm));
}

}  // namespace

void add_normalizations(lower_table& table) {
  table["BatchNormalization"] = batch_normalization;
  table["LRN"] = lrn;
  table["LayerNormalization"] = layer_normalization<true>;
  table["RMSNormalization"] = layer_normalization<false>;
  table["SimplifiedLayerNormalization"] = layer_normalization<false>;
  table["InstanceNormalization"] = instance_normalization;
  table["GroupNormalization"] = group_normalization;
  table["MeanVarianceNormalization"] = mean_variance_normalization;
  table["LpNormalization"] = lp_normalization;
}

}  // namespace importer
