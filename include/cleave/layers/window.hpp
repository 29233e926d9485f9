// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_WINDOW_HPP
#define CLEAVE_LAYERS_WINDOW_HPP

/// @file
/// The output size of a sliding window, as the ONNX operators define it.

#include <algorithm>

#include <cleave/layers/record.hpp>

namespace cleave {

/// Sizes along one axis, in elements.
struct window_axis {
  int input = 1;
  int kernel = 1;
  int stride = 1;
  int dilation = 1;
  int before = 0;
  int after = 0;
  bool automatic = false;
  bool ceil_mode = false;
};

/// The resolved padding and the output size along one axis; `out` is 0 where the window does not fit.
struct window_fit {
  int before = 0;
  int after = 0;
  int out = 0;
};

constexpr window_fit fit_window(window_axis axis) noexcept {
  const int reach = (axis.kernel - 1) * axis.dilation + 1;
  window_fit fit{axis.before, axis.after, 0};
  if (axis.automatic) {
    fit.out = ceil_div(axis.input, axis.stride);
    const int total = std::max((fit.out - 1) * axis.stride + reach - axis.input, 0);
    fit.before = total / 2;
    fit.after = total - fit.before;
    return fit;
  }
  const int span = axis.input + axis.before + axis.after - reach;
  if (span < 0) return fit;
  fit.out = span / axis.stride + 1;
  if (axis.ceil_mode) {
    fit.out = ceil_div(span, axis.stride) + 1;
    // A window that would start in the padding behind the input is dropped (ONNX and PyTorch alike).
    if ((fit.out - 1) * axis.stride >= axis.input + axis.before) --fit.out;
  }
  return fit;
}

/// The output of a window of `record` over `in` with `channels` channels.
constexpr inference infer_window(const layer_record& record, shape in, int channels) noexcept {
  const auto positive = [](extent size) { return size.height > 0 && size.width > 0; };
  if (!positive(record.kernel) || !positive(record.stride) || !positive(record.dilation) || channels <= 0 ||
      record.pad.top < 0 || record.pad.left < 0 || record.pad.bottom < 0 || record.pad.right < 0) {
    return refused(need::positive_sizes);
  }
  const window_fit rows = fit_window({in.height, record.kernel.height, record.stride.height, record.dilation.height,
                                      record.pad.top, record.pad.bottom, record.pad.automatic, record.ceil_mode});
  const window_fit columns = fit_window({in.width, record.kernel.width, record.stride.width, record.dilation.width,
                                         record.pad.left, record.pad.right, record.pad.automatic, record.ceil_mode});
  if (rows.out <= 0 || columns.out <= 0) return refused(need::a_window_within_the_padded_input);
  inference result;
  result.out = {rows.out, columns.out, channels};
  result.pad = {rows.before, columns.before, rows.after, columns.after};
  return result;
}

}  // namespace cleave
#endif
