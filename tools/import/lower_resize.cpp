// SPDX-License-Identifier: BSL-1.0
/// @file
/// Resize and its predecessor Upsample.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "lowering.hpp"

namespace importer {

namespace {

/// Sizes of the output and how many of its elements there are to one of the input.
struct target {
  sizes dims;
  std::vector<float> scales;
};

void check_size(const operation& of, std::int64_t size) {
  if (size <= 0 || size > 1 << 20) lowering::damaged(of, "a size that no tensor has");
}

target target_of(const lowering& to, const operation& of, const sizes& from) {
  target result{from, std::vector<float>(from.size(), 1.0F)};
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : of.integers("axes")) axes.push_back(axis_of(axis, from.size()));
  if (axes.empty()) {
    axes.resize(from.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
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

template <class Choice>
Choice choice_of(const operation& of, const char* what, const std::string& given,
                 const std::map<std::string, Choice>& choices) {
  const auto found = choices.find(given);
  if (found == choices.end()) lowering::refuse(of, std::string{what} + " '" + given + "' is not supported");
  return found->second;
}

void resize(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const target wanted = target_of(to, of, given.dims);
  for (const std::int64_t size : wanted.dims) check_size(of, size);
  const bool older = of.kind == "Upsample" || to.opset() < 11;
  const auto mode = choice_of<cleave::resize_mode>(of, "mode", of.text("mode", "nearest"),
                                                   {{"nearest", cleave::resize_mode::nearest},
                                                    {"linear", cleave::resize_mode::linear},
                                                    {"bilinear", cleave::resize_mode::linear}});
  using cleave::resize_coordinates;
  std::string centres = of.text("coordinate_transformation_mode", older ? "asymmetric" : "half_pixel");
  if (centres == "half_pixel_symmetric" && is_exact(wanted, given.dims)) centres = "half_pixel";
  const auto coordinates =
      choice_of<resize_coordinates>(of, "coordinate_transformation_mode", centres,
                                    {{"half_pixel", resize_coordinates::half_pixel},
                                     {"asymmetric", resize_coordinates::asymmetric},
                                     {"align_corners", resize_coordinates::align_corners},
                                     {"pytorch_half_pixel", resize_coordinates::pytorch_half_pixel},
                                     {"tf_half_pixel_for_nn", resize_coordinates::tf_half_pixel_for_nn}});
  using cleave::resize_rounding;
  const auto rounding =
      choice_of<resize_rounding>(of, "nearest_mode", of.text("nearest_mode", older ? "floor" : "round_prefer_floor"),
                                 {{"round_prefer_floor", resize_rounding::round_prefer_floor},
                                  {"round_prefer_ceil", resize_rounding::round_prefer_ceil},
                                  {"floor", resize_rounding::floor},
                                  {"ceil", resize_rounding::ceil}});
  if (of.integer("antialias", 0) != 0) lowering::refuse(of, "antialias is not supported");
  if (given.rank() != 3 && given.rank() != 4) lowering::refuse(of, "its input is no picture of 4 axes");
  if (wanted.dims[0] != given.dims[0] || wanted.dims[1] != given.dims[1]) {
    lowering::refuse(of, "it resizes pictures or channels; only rows and columns are supported");
  }

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
    to.give(of, 0, made);
    return;
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
  to.give(of, 0, made);
}

}  // namespace

void add_resizes(lower_table& table) {
  table["Resize"] = resize;
  table["Upsample"] = resize;
}

}  // namespace importer
