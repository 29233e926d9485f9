// SPDX-License-Identifier: BSL-1.0
#include "window.hpp"

#include <algorithm>
#include <array>

#include <cleave/layers/window.hpp>

namespace importer {

namespace {

/// Rows and columns of an attribute; a signal has one row.
cleave::extent extent_of(const operation& of, const std::vector<std::int64_t>& numbers, std::size_t spatial,
                         const char* name) {
  if (numbers.empty()) return {1, 1};
  if (numbers.size() != spatial) {
    lowering::damaged(of, std::string{name} + " has " + std::to_string(numbers.size()) + " numbers for " +
                              std::to_string(spatial) + " axes");
  }
  for (const std::int64_t number : numbers) {
    if (number <= 0 || number > 1 << 15) lowering::damaged(of, std::string{name} + " is not a sensible size");
  }
  const int last = static_cast<int>(numbers.back());
  return {spatial == 1 ? 1 : static_cast<int>(numbers[0]), last};
}

}  // namespace

window window_of(const operation& of, const sizes& dims, const sizes& kernel) {
  if (dims.size() != 3 && dims.size() != 4) {
    lowering::refuse(of, "its input is " + text_of(dims) +
                             "; pictures have 4 axes (N, C, H, W) and signals 3 (N, C, L), and cleave has no others");
  }
  const std::size_t spatial = dims.size() - 2;
  const sizes given = of.integers("kernel_shape", kernel);
  if (!kernel.empty() && given != kernel) lowering::damaged(of, "kernel_shape is not that of its weights");
  if (given.empty()) lowering::damaged(of, "kernel_shape is missing");
  window result;
  result.kernel = extent_of(of, given, spatial, "kernel_shape");
  result.stride = extent_of(of, of.integers("strides"), spatial, "strides");
  result.dilation = extent_of(of, of.integers("dilations"), spatial, "dilations");
  result.ceil_mode = of.integer("ceil_mode", 0) != 0;

  const std::string automatic = of.text("auto_pad", "NOTSET");
  const std::vector<std::int64_t> pads = of.integers("pads");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const auto fit = [&](std::int64_t input, int size, int stride, int dilation) {
      return cleave::fit_window({static_cast<int>(input), size, stride, dilation, 0, 0, true, false});
    };
    const cleave::window_fit rows =
        fit(spatial == 1 ? 1 : dims[2], result.kernel.height, result.stride.height, result.dilation.height);
    const cleave::window_fit columns =
        fit(dims.back(), result.kernel.width, result.stride.width, result.dilation.width);
    result.pad = {rows.before, columns.before, rows.after, columns.after};
    if (automatic == "SAME_LOWER") result.pad = {rows.after, columns.after, rows.before, columns.before};
    return result;
  }
  if (automatic != "NOTSET" && automatic != "VALID") lowering::damaged(of, "auto_pad '" + automatic + "' is not known");
  if (pads.empty() || automatic == "VALID") return result;
  if (pads.size() != 2 * spatial) lowering::damaged(of, "pads has " + std::to_string(pads.size()) + " numbers");
  for (const std::int64_t pad : pads) {
    if (pad < 0 || pad > 1 << 20) lowering::refuse(of, "its padding of " + std::to_string(pad) + " is not supported");
  }
  const auto at = [&](std::size_t index) { return static_cast<int>(pads[index]); };
  result.pad = spatial == 1 ? cleave::padding{0, at(0), 0, at(1)} : cleave::padding{at(0), at(1), at(2), at(3)};
  return result;
}

sizes positions_of(const window& with, const sizes& dims) {
  const bool signal = dims.size() == 3;
  const cleave::window_fit rows =
      cleave::fit_window({signal ? 1 : static_cast<int>(dims[2]), with.kernel.height, with.stride.height,
                          with.dilation.height, with.pad.top, with.pad.bottom, false, with.ceil_mode});
  const cleave::window_fit columns =
      cleave::fit_window({static_cast<int>(dims.back()), with.kernel.width, with.stride.width, with.dilation.width,
                          with.pad.left, with.pad.right, false, with.ceil_mode});
  return signal ? sizes{columns.out} : sizes{rows.out, columns.out};
}

}  // namespace importer
