// SPDX-License-Identifier: BSL-1.0
#include "rewrite.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace importer {

namespace {

using cleave::op;

/// A scale and shift for each channel.
struct line {
  std::vector<double> scale;
  std::vector<double> shift;
};

line line_of(const layer& of) {
  line result;
  for (std::size_t c = 0; c < of.trained.weights.size(); ++c) {
    const double scale =
        double{of.trained.weights[c]} / std::sqrt(double{of.trained.variance[c]} + double{of.what.numbers[0]});
    result.scale.push_back(scale);
    result.shift.push_back(double{of.trained.bias[c]} - double{of.trained.mean[c]} * scale);
  }
  return result;
}

bool multiplies(op kind) { return kind == op::conv2d || kind == op::depthwise_conv2d || kind == op::dense; }

layer& at(network& of, int index) { return of.layers[static_cast<std::size_t>(index)]; }

/// `kept` takes over what `gone` stood for in the model.
void take_over(layer& kept, const layer& gone) {
  kept.value = gone.value;
  kept.dims = gone.dims;
  kept.memory = gone.memory;
}

/// Only `reader` reads the value of `index`.
bool read_once(const network& of, int index) { return of.uses_of(index) == 1; }

void scale_outputs(layer& of, const line& with) {
  const std::size_t outputs = with.scale.size();
  const std::size_t taps = of.trained.weights.size() / outputs;
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < taps; ++i) {
      float& weight = of.trained.weights[o * taps + i];
      weight = static_cast<float>(double{weight} * with.scale[o]);
    }
    of.trained.bias[o] = static_cast<float>(double{of.trained.bias[o]} * with.scale[o] + with.shift[o]);
  }
}

void scale_inputs(layer& of, const line& with, int channels) {
  const std::size_t outputs = of.trained.bias.size();
  const std::size_t each = of.trained.weights.size() / outputs;
  const bool dense = of.what.kind == op::dense;
  const auto taps = static_cast<std::size_t>(of.what.kernel.height * of.what.kernel.width);
  const std::size_t group_inputs = dense ? 1 : each / taps;
  const std::size_t groups = dense ? 1 : static_cast<std::size_t>(channels) / group_inputs;
  for (std::size_t o = 0; o < outputs; ++o) {
    double shift = of.trained.bias[o];
    for (std::size_t i = 0; i < each; ++i) {
      const std::size_t channel =
          dense ? i % static_cast<std::size_t>(channels) : o / (outputs / groups) * group_inputs + i / taps;
      float& weight = of.trained.weights[o * each + i];
      shift += double{weight} * with.shift[channel];
      weight = static_cast<float>(double{weight} * with.scale[channel]);
    }
    of.trained.bias[o] = static_cast<float>(shift);
  }
}

}  // namespace

int fold_scales_back(network& of) {
  int count = 0;
  for (std::size_t i = 0; i < of.layers.size(); ++i) {
    layer& scale = of.layers[i];
    if (scale.dead || scale.what.kind != op::batch_normalization) continue;
    const int source = scale.inputs[0];
    layer& before = at(of, source);
    if (!read_once(of, source)) continue;
    if (multiplies(before.what.kind)) {
      scale_outputs(before, line_of(scale));
    } else if (before.what.kind == op::batch_normalization) {
      const line first = line_of(before);
      const line second = line_of(scale);
      for (std::size_t c = 0; c < first.scale.size(); ++c) {
        before.trained.weights[c] = static_cast<float>(first.scale[c] * second.scale[c]);
        before.trained.bias[c] = static_cast<float>(first.shift[c] * second.scale[c] + second.shift[c]);
        before.trained.mean[c] = 0;
        before.trained.variance[c] = 1;
      }
      before.what.numbers[0] = 0;
    } else {
      continue;
    }
    take_over(before, scale);
    scale.dead = true;
    of.replace(static_cast<int>(i), source);
    ++count;
  }
  return count;
}

int fold_scales_forward(network& of) {
  int count = 0;
  for (layer& each : of.layers) {
    if (each.dead || !multiplies(each.what.kind)) continue;
    const int source = each.inputs[0];
    layer& scale = at(of, source);
    if (scale.what.kind != op::batch_normalization || !read_once(of, source)) continue;
    const line with = line_of(scale);
    const bool shifts = std::any_of(with.shift.begin(), with.shift.end(), [](double shift) { return shift != 0; });
    // Padding is not shifted.
    if (shifts && each.what.kind != op::dense && each.what.pad != cleave::padding{}) continue;
    scale_inputs(each, with, scale.out.channels);
    scale.dead = true;
    each.inputs[0] = scale.inputs[0];
    ++count;
  }
  return count;
}

int fold_padding(network& of) {
  int count = 0;
  for (layer& each : of.layers) {
    const op kind = each.what.kind;
    const bool convolves = kind == op::conv2d || kind == op::depthwise_conv2d;
    if (each.dead || (!convolves && kind != op::average_pool && kind != op::max_pool)) continue;
    const int source = each.inputs[0];
    layer& border = at(of, source);
    if (border.what.kind != op::pad || !read_once(of, source) || border.what.dilation != cleave::extent{1, 1}) continue;
    const float number = border.what.numbers[0];
    cleave::padding all = each.what.pad;
    if (all.automatic) continue;
    const bool padded = all != cleave::padding{};
    all.top += border.what.pad.top;
    all.left += border.what.pad.left;
    all.bottom += border.what.pad.bottom;
    all.right += border.what.pad.right;
    if (kind == op::max_pool) {
      if (number > -std::numeric_limits<float>::max()) continue;
    } else if (number != 0 || (kind == op::average_pool && padded && !each.what.count_include_pad)) {
      continue;
    }
    if (!convolves) {
      const int rows = (each.what.kernel.height - 1) * each.what.dilation.height + 1;
      const int columns = (each.what.kernel.width - 1) * each.what.dilation.width + 1;
      // A window on nothing but padding is no window; and rounding up would count otherwise.
      if (all.top >= rows || all.bottom >= rows || all.left >= columns || all.right >= columns || each.what.ceil_mode) {
        continue;
      }
    }
    each.what.pad = all;
    if (kind == op::average_pool) each.what.count_include_pad = true;
    each.inputs[0] = border.inputs[0];
    border.dead = true;
    ++count;
  }
  return count;
}

int drop_idle(network& of) {
  int count = 0;
  for (std::size_t i = 0; i < of.layers.size(); ++i) {
    layer& each = of.layers[i];
    if (each.dead || each.inputs.empty()) continue;
    const int source = each.inputs[0];
    layer& before = at(of, source);
    bool idle = false;
    if (each.what.kind == op::batch_normalization) {
      const line with = line_of(each);
      idle = std::all_of(with.scale.begin(), with.scale.end(), [](double scale) { return scale == 1; }) &&
             std::all_of(with.shift.begin(), with.shift.end(), [](double shift) { return shift == 0; }) &&
             before.what.kind != op::input;
    }
    if (each.what.kind == op::reshape) idle = each.out == before.out && before.what.kind != op::input;
    if (each.what.kind == op::relu) idle = before.what.kind == op::relu;
    if (idle) {
      if (before.value.empty()) take_over(before, each);
      each.dead = true;
      of.replace(static_cast<int>(i), source);
      ++count;
    } else if ((each.what.kind == op::dense || each.what.kind == op::reshape) && before.what.kind == op::reshape) {
      // A dense layer reads its input as one row in any case.
      each.inputs[0] = before.inputs[0];
      ++count;
    }
  }
  return count;
}

int drop_dead(network& of) {
  std::vector<bool> needed(of.layers.size(), false);
  for (const terminal& each : of.answers) needed[static_cast<std::size_t>(each.layer)] = true;
  int count = 0;
  for (std::size_t i = of.layers.size(); i-- > 0;) {
    layer& each = of.layers[i];
    if (each.dead) continue;
    if (!needed[i] && each.what.kind != op::input) {
      each.dead = true;
      ++count;
      continue;
    }
    for (const int input : each.inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  return count;
}

void rewrite(network& of) {
  int changes = 1;
  while (changes > 0) {
    changes = drop_dead(of) + fold_scales_back(of) + drop_idle(of) + fold_padding(of);
    // Into the layer behind only what found no layer before.
    if (changes == 0) changes = fold_scales_forward(of);
  }
}

}  // namespace importer
