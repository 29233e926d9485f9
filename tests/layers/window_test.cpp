// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/window.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using cleave::fit_window;
using cleave::window_axis;

constexpr int outputs(window_axis axis) { return fit_window(axis).out; }

// {input, kernel, stride, dilation, before, after, same, ceil_mode}
static_assert(outputs({227, 11, 4}) == 55, "conv1 of AlexNet");
static_assert(outputs({55, 3, 2}) == 27, "pool1 of AlexNet");
static_assert(outputs({224, 7, 2, 1, 3, 3}) == 112, "conv1 of ResNet");
static_assert(outputs({112, 3, 2, 1, 1, 1}) == 56, "pool1 of ResNet");
static_assert(outputs({112, 3, 2, 1, 0, 0, false, true}) == 56, "pool1 of GoogLeNet, rounded up");
static_assert(outputs({28, 5, 1, 1, 2, 2}) == 28);
static_assert(outputs({4, 3, 2, 1, 0, 0, false, true}) == 2, "ONNX's example averagepool_2d_ceil");
static_assert(outputs({7, 3, 1, 3}) == 1, "a dilated window as wide as the input");
static_assert(outputs({6, 3, 1, 3}) == 0, "and wider");
static_assert(outputs({5, 2, 2, 1, 0, 1}) == 3, "padding on one side");
static_assert(outputs({5, 2, 2, 1, 1, 0}) == 3);
static_assert(outputs({1, 1, 7}) == 1);
// PyTorch: "sliding windows that would start in the right padded region are ignored".
static_assert(outputs({2, 1, 3, 1, 0, 0, false, true}) == 1);
static_assert(outputs({3, 2, 3, 1, 1, 1, false, true}) == 2);
static_assert(outputs({4, 2, 4, 1, 1, 1, false, true}) == 2, "starts on the last element");
static_assert(outputs({3, 2, 4, 1, 1, 1, false, true}) == 1, "would start behind the last element");

constexpr bool pads(window_axis axis, int before, int after, int out) {
  axis.automatic = true;
  const cleave::window_fit fit = fit_window(axis);
  return fit.before == before && fit.after == after && fit.out == out;
}

static_assert(pads({28, 5}, 2, 2, 28));
static_assert(pads({224, 7, 2}, 2, 3, 112), "the odd one is behind: SAME_UPPER");
static_assert(pads({32, 3, 2}, 0, 1, 16));
static_assert(pads({33, 3, 2}, 1, 1, 17));
static_assert(pads({5, 2}, 0, 1, 5), "even kernel");
static_assert(pads({10, 3, 1, 4}, 4, 4, 10), "dilation");
static_assert(pads({10, 1, 3}, 0, 0, 4), "a stride larger than the kernel needs no padding");
static_assert(pads({9, 1, 3}, 0, 0, 3));
static_assert(pads({1, 5, 2}, 2, 2, 1));

/// The definition: windows are laid from the start of the padded input while they end within it. Rounding up adds one
/// that reaches over the end, and then none counts that starts behind the input.
int counted(const window_axis& axis) {
  const int reach = (axis.kernel - 1) * axis.dilation + 1;
  const int padded = axis.before + axis.input + axis.after;
  int count = 0;
  for (int start = 0; start + reach <= padded; start += axis.stride) ++count;
  if (count == 0 || !axis.ceil_mode) return count;
  if ((count - 1) * axis.stride + reach < padded) ++count;
  while ((count - 1) * axis.stride >= axis.before + axis.input) --count;
  return count;
}

}  // namespace

TEST_CASE("a window fits as often as it can be laid down") {
  int checked = 0;
  for (int input = 1; input <= 9; ++input) {
    for (int kernel = 1; kernel <= 4; ++kernel) {
      for (int stride = 1; stride <= 5; ++stride) {
        for (int dilation = 1; dilation <= 3; ++dilation) {
          // Pools refuse padding that holds a whole window.
          const int most = std::min(3, (kernel - 1) * dilation);
          for (int before = 0; before <= most; ++before) {
            for (int after = 0; after <= most; ++after) {
              for (const bool up : {false, true}) {
                const window_axis axis{input, kernel, stride, dilation, before, after, false, up};
                CAPTURE(input);
                CAPTURE(kernel);
                CAPTURE(stride);
                CAPTURE(dilation);
                CAPTURE(before);
                CAPTURE(after);
                CAPTURE(up);
                REQUIRE(fit_window(axis).out == counted(axis));
                ++checked;
              }
            }
          }
        }
      }
    }
  }
  CHECK(checked > 5000);
}

TEST_CASE("padding chosen by `same` is the least that gives ceil(input / stride) windows") {
  for (int input = 1; input <= 20; ++input) {
    for (int kernel = 1; kernel <= 6; ++kernel) {
      for (int stride = 1; stride <= 4; ++stride) {
        const cleave::window_fit fit = fit_window({input, kernel, stride, 1, 0, 0, true});
        const int wanted = (input + stride - 1) / stride;
        CAPTURE(input);
        CAPTURE(kernel);
        CAPTURE(stride);
        REQUIRE(fit.out == wanted);
        REQUIRE(counted({input, kernel, stride, 1, fit.before, fit.after}) == wanted);
        REQUIRE((fit.after == fit.before || fit.after == fit.before + 1));
        if (fit.after > 0) {
          REQUIRE(counted({input, kernel, stride, 1, fit.before, fit.after - 1}) == wanted - 1);
        }
      }
    }
  }
}
