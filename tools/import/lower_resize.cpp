// SPDX-License-Identifier: BSL-1.0
/// @file
/// Resize and its predecessor Upsample.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "lowering.hpp"
#include "resize_map.hpp"

namespace importer {

namespace {

/// Sizes of the output and how many of its elements there are to one of the input.
struct target {
  sizes dims;
  std::vector<float> scales;
  std::vector<float> begins;  ///< of the part that is looked at, from 0 to 1 (tf_crop_and_resize)
  std::vector<float> ends;
};

/// The axes that scales, sizes and parts are given for.
std::vector<std::size_t> axes_given(const operation& of, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : of.integers("axes")) axes.push_back(axis_of(axis, rank));
  if (axes.empty()) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
  return axes;
}

void take_part(const lowering& to, const operation& of, target& wanted) {
  const std::vector<std::size_t> axes = axes_given(of, wanted.dims.size());
  const std::vector<float> part = to.known(of, 1, "the part to look at (roi)").floats();
  if (part.size() != 2 * axes.size()) lowering::damaged(of, "a roi of another rank than its input");
  wanted.begins.assign(wanted.dims.size(), 0.0F);
  wanted.ends.assign(wanted.dims.size(), 1.0F);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    wanted.begins[axes[i]] = part[i];
    wanted.ends[axes[i]] = part[i + axes.size()];
  }
}

void check_size(const operation& of, std::int64_t size) {
  if (size <= 0 || size > 1 << 20) lowering::damaged(of, "a size that no tensor has");
}

target target_of(const lowering& to, const operation& of, const sizes& from) {
  target result{from, std::vector<float>(from.size(), 1.0F), {}, {}};
  const std::vector<std::size_t> axes = axes_given(of, from.size());
  const bool newer = of.kind == "Resize" && to.opset() >= 11;
  const std::size_t at = newer ? 2 : 1;
  std::vector<float> scales;
  if (of.kind == "Upsample" && to.opset() < 9) {
    if (of.has("scales")) scales = of.attributes.at("scales").reals;
  } else if (of.has_input(at)) {
    scales = to.known(of, at, "the scales").floats();
  }
  if (!scales.empty()) {
    if (scales.size() != axes.size()) lowering::damaged(of, "scales of another rank than its input");
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (!(scales[i] > 0) || !(scales[i] < 1e6F)) lowering::damaged(of, "a scale that is not positive");
      result.scales[axes[i]] = scales[i];
      result.dims[axes[i]] =
          static_cast<std::int64_t>(std::floor(static_cast<double>(from[axes[i]]) * double{scales[i]}));
    }
    return result;
  }
  if (!newer || !of.has_input(3)) lowering::damaged(of, "it has neither scales nor sizes");
  const std::vector<std::int64_t> asked = to.known(of, 3, "the sizes").whole();
  if (asked.size() != axes.size()) lowering::damaged(of, "sizes of another rank than its input");
  const std::string policy = of.text("keep_aspect_ratio_policy", "stretch");
  std::vector<double> ratios;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    check_size(of, asked[i]);
    ratios.push_back(static_cast<double>(asked[i]) / static_cast<double>(from[axes[i]]));
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (policy == "stretch") {
      result.dims[axes[i]] = asked[i];
      result.scales[axes[i]] = static_cast<float>(ratios[i]);
      continue;
    }
    const double ratio = policy == "not_larger" ? *std::min_element(ratios.begin(), ratios.end())
                                                : *std::max_element(ratios.begin(), ratios.end());
    result.scales[axes[i]] = static_cast<float>(ratio);
    result.dims[axes[i]] = static_cast<std::int64_t>(std::floor(ratio * static_cast<double>(from[axes[i]]) + 0.5));
  }
  return result;
}

/// Whether the scaled sizes are whole numbers: then nothing is left over that could be shared between two sides.
bool is_exact(const target& wanted, const sizes& from) {
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (static_cast<float>(from[axis]) * wanted.scales[axis] != static_cast<float>(wanted.dims[axis])) return false;
  }
  return true;
}

/// Which of `choices` the model names; an unknown one is refused.
std::string choice_of(const operation& of, const char* what, const std::string& given,
                      const std::set<std::string>& choices) {
  if (choices.count(given) == 0) lowering::refuse(of, std::string{what} + " '" + given + "' is not known");
  return given;
}

resize_rule rule_of(const lowering& to, const operation& of) {
  const bool older = of.kind == "Upsample" || to.opset() < 11;
  resize_rule rule;
  rule.mode = choice_of(of, "mode", of.text("mode", "nearest"), {"nearest", "linear", "bilinear", "cubic"});
  if (rule.mode == "bilinear") rule.mode = "linear";
  rule.coordinates = choice_of(of, "coordinate_transformation_mode",
                               of.text("coordinate_transformation_mode", older ? "asymmetric" : "half_pixel"),
                               {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel",
                                "tf_half_pixel_for_nn", "half_pixel_symmetric", "tf_crop_and_resize"});
  rule.nearest_mode = choice_of(of, "nearest_mode", of.text("nearest_mode", older ? "floor" : "round_prefer_floor"),
                                {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
  rule.cubic_coeff_a = double{of.real("cubic_coeff_a", -0.75F)};
  rule.exclude_outside = of.integer("exclude_outside", 0) != 0 && rule.mode != "nearest";
  rule.antialias = of.integer("antialias", 0) != 0 && rule.mode != "nearest";
  rule.extrapolation_value = of.real("extrapolation_value", 0);
  return rule;
}

/// Whether one layer of cleave does it: rows and columns, by neighbours or straight lines between them. Where a scaled
/// size is no whole number, ONNX aligns the corners of what is not rounded down.
bool is_layer(const resize_rule& rule, const target& wanted, const sizes& from) {
  const bool shrinks = std::any_of(wanted.scales.begin(), wanted.scales.end(), [](float scale) { return scale < 1; });
  return (from.size() == 3 || from.size() == 4) && wanted.dims[0] == from[0] && wanted.dims[1] == from[1] &&
         rule.mode != "cubic" && rule.coordinates != "tf_crop_and_resize" &&
         (is_exact(wanted, from) ||
          (rule.coordinates != "half_pixel_symmetric" && rule.coordinates != "align_corners")) &&
         !(rule.antialias && shrinks);
}

value resized(lowering& to, const operation& of, const value& given, const resize_rule& rule, const target& wanted) {
  using cleave::resize_coordinates;
  using cleave::resize_rounding;
  static const std::map<std::string, resize_coordinates> places{
      {"half_pixel", resize_coordinates::half_pixel},
      {"half_pixel_symmetric", resize_coordinates::half_pixel},
      {"asymmetric", resize_coordinates::asymmetric},
      {"align_corners", resize_coordinates::align_corners},
      {"pytorch_half_pixel", resize_coordinates::pytorch_half_pixel},
      {"tf_half_pixel_for_nn", resize_coordinates::tf_half_pixel_for_nn}};
  static const std::map<std::string, resize_rounding> roundings{
      {"round_prefer_floor", resize_rounding::round_prefer_floor},
      {"round_prefer_ceil", resize_rounding::round_prefer_ceil},
      {"floor", resize_rounding::floor},
      {"ceil", resize_rounding::ceil}};
  const auto mode = rule.mode == "nearest" ? cleave::resize_mode::nearest : cleave::resize_mode::linear;
  const resize_coordinates coordinates = places.at(rule.coordinates);
  const resize_rounding rounding = roundings.at(rule.nearest_mode);

  const value from = to.image(of, given);
  value made = from;
  made.dims = wanted.dims;
  made.memory = in_order(lowering::image_order(made.rank()), made.dims);
  const cleave::shape in = to.shape_of(from.layer);
  const bool signal = given.rank() == 3;
  const cleave::extent size{signal ? 1 : static_cast<int>(wanted.dims[2]), static_cast<int>(wanted.dims.back())};
  const float down = signal ? 1.0F : wanted.scales[2];
  const float across = wanted.scales.back();
  const bool whole = size.height % in.height == 0 && size.width % in.width == 0 &&
                     down == static_cast<float>(size.height / in.height) &&
                     across == static_cast<float>(size.width / in.width);
  const bool repeats =
      mode == cleave::resize_mode::nearest && whole &&
      ((coordinates == resize_coordinates::asymmetric && rounding == resize_rounding::floor) ||
       (coordinates == resize_coordinates::half_pixel &&
        (rounding == resize_rounding::round_prefer_floor || rounding == resize_rounding::round_prefer_ceil)));
  if (repeats) {
    made.layer = to.add(cleave::upsample{.factor = {size.height / in.height, size.width / in.width}}, {from.layer});
    return made;
  }
  // A scale is said only where it is not that of the sizes.
  const auto said = [](float scale, int out, int from_size) {
    return scale == static_cast<float>(out) / static_cast<float>(from_size) ? 0.0F : scale;
  };
  made.layer = to.add(cleave::resize{.height = size.height,
                                     .width = size.width,
                                     .mode = mode,
                                     .coordinates = coordinates,
                                     .rounding = rounding,
                                     .vertical_scale = said(down, size.height, in.height),
                                     .horizontal_scale = said(across, size.width, in.width)},
                      {from.layer});
  return made;
}

/// Axis by axis, from the last, as products with matrices.
value mapped(lowering& to, const operation& of, value made, const resize_rule& rule, const target& wanted) {
  const bool cuts = rule.coordinates == "tf_crop_and_resize";
  for (std::size_t axis = made.rank(); axis-- > 0;) {
    if (made.dims[axis] == wanted.dims[axis] && wanted.scales[axis] == 1 && !cuts) continue;
    resize_axis along{made.dims[axis], wanted.dims[axis], double{wanted.scales[axis]}, 0, 1};
    if (cuts) {
      along.begin = double{wanted.begins[axis]};
      along.end = double{wanted.ends[axis]};
      if (along.in == along.out && along.begin == 0 && along.end == 1) continue;
    }
    if (static_cast<double>(along.in) * static_cast<double>(along.out) > double{1 << 22}) {
      lowering::refuse(of, "it resizes an axis of " + std::to_string(along.in) + " to " + std::to_string(along.out) +
                               " with the mode '" + rule.mode + "' and '" + rule.coordinates +
                               "'; use linear and half_pixel for sizes as these");
    }
    resize_map with = map_of(rule, along);
    const std::size_t last = made.rank() - 1;
    made = exchanged(to, made, axis, last);
    made = product(to, made, {along.in, along.out, std::move(with.weights)}, with.bias);
    made = exchanged(to, made, axis, last);
  }
  return made;
}

void resize(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  target wanted = target_of(to, of, given.dims);
  for (const std::int64_t size : wanted.dims) check_size(of, size);
  const resize_rule rule = rule_of(to, of);
  if (rule.coordinates == "tf_crop_and_resize") take_part(to, of, wanted);
  to.give(
      of, 0,
      is_layer(rule, wanted, given.dims) ? resized(to, of, given, rule, wanted) : mapped(to, of, given, rule, wanted));
}

}  // namespace

void add_resizes(lower_table& table) {
  table["Resize"] = resize;
  table["Upsample"] = resize;
}

}  // namespace importer
