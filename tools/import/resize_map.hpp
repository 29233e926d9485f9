// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_RESIZE_MAP_HPP
#define TOOLS_IMPORT_RESIZE_MAP_HPP

/// @file
/// Resize along one axis as a product with a matrix: every output is a sum of a few inputs. It covers what no layer of
/// cleave does: cubic curves, smoothing before shrinking, cut-outs, and axes that are neither rows nor columns.

#include <cstdint>
#include <string>
#include <vector>

namespace importer {

/// The attributes of Resize, under their names in ONNX.
struct resize_rule {
  std::string mode;         ///< nearest, linear, cubic
  std::string coordinates;  ///< coordinate_transformation_mode
  std::string nearest_mode;
  double cubic_coeff_a = -0.75;
  bool exclude_outside = false;
  bool antialias = false;
  float extrapolation_value = 0;
};

/// One axis: its sizes, the scale as the model says it, and the part of the input that is looked at
/// (tf_crop_and_resize), from 0 to 1.
struct resize_axis {
  std::int64_t in = 1;
  std::int64_t out = 1;
  double scale = 1;
  double begin = 0;
  double end = 1;
};

/// out = in * weights + bias, with weights as [in][out].
struct resize_map {
  std::vector<float> weights;
  std::vector<float> bias;
};

/// Requires: sizes from 1 on, a positive scale, a mode, coordinates and a rounding of ONNX.
resize_map map_of(const resize_rule& rule, const resize_axis& axis);

}  // namespace importer
#endif
