// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_POOL_HPP
#define CLEAVE_LAYERS_POOL_HPP

/// @file
/// Pooling over a window (ONNX MaxPool, AveragePool) and over everything (GlobalMaxPool, GlobalAveragePool).

#include <cleave/layers/record.hpp>
#include <cleave/layers/window.hpp>

namespace cleave {

/// The largest element of each window and channel. The stride is the window's size unless given.
struct max_pool {
  extent kernel;
  extent stride = kernel;
  cleave::padding padding = 0;
  extent dilation = 1;
  bool ceil_mode = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::max_pool;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.ceil_mode = ceil_mode;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    const inference result = infer_window(record, in, in.channels);
    // A window that lies wholly in the padding would have no largest element.
    const auto reach = [&](int kernel_size, int step) { return (kernel_size - 1) * step + 1; };
    if (result.needs == need::nothing && (result.pad.top >= reach(record.kernel.height, record.dilation.height) ||
                                          result.pad.left >= reach(record.kernel.width, record.dilation.width) ||
                                          result.pad.bottom >= reach(record.kernel.height, record.dilation.height) ||
                                          result.pad.right >= reach(record.kernel.width, record.dilation.width))) {
      return refused(need::padding_smaller_than_the_window);
    }
    return result;
  }
};

/// The mean of each window and channel; padding counts as elements of value 0 only with `count_include_pad`.
struct average_pool {
  extent kernel;
  extent stride = kernel;
  cleave::padding padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::average_pool;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.ceil_mode = ceil_mode;
    record.count_include_pad = count_include_pad;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    return max_pool::infer(record, in);
  }
};

/// The largest element of each channel. Gives 1 x 1 x channels.
struct global_max_pool {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::global_max_pool;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record&, shape in) noexcept {
    inference result;
    result.out = {1, 1, in.channels};
    return result;
  }
};

/// The mean of each channel. Gives 1 x 1 x channels.
struct global_average_pool {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::global_average_pool;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    return global_max_pool::infer(record, in);
  }
};

}  // namespace cleave
#endif
