// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTING_REFERENCE_LAYER_HPP
#define CLEAVE_TESTING_REFERENCE_LAYER_HPP

/// @file
/// One built-in layer computed by the plain loops of kernels/reference.hpp, for graphs that are only known when a
/// program runs: the oracle of networks, and what tools compare with other runtimes. Knows nothing of fusion, plans and
/// cuts.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <cleave/graph/kernel_shape.hpp>
#include <cleave/graph/weight_layout.hpp>
#include <cleave/kernels/reference.hpp>
#include <cleave/layers/layer.hpp>

namespace cleave::testing {

namespace detail {

inline void reference_concat(const node& of, std::span<const tensor_view> inputs, float* out) {
  const auto along = static_cast<axis>(of.what.integers[0]);
  int offset = 0;
  for (const tensor_view& each : inputs) {
    const range rows{0, each.dims.height};
    if (along == axis::height) {
      kernels::reference::concat_rows({each.dims, offset}, each.data, out, {0, of.out.height});
      offset += each.dims.height;
    } else if (along == axis::width) {
      kernels::reference::concat(kernels::concat_columns(each.dims, of.out.width, offset), each.data, out, rows);
      offset += each.dims.width;
    } else {
      kernels::reference::concat({each.dims, of.out.channels, offset}, each.data, out, rows);
      offset += each.dims.channels;
    }
  }
}

}  // namespace detail

/// Computes what node `of`, which is neither an input nor a layer of the user's own, gives for these inputs. `weights`
/// are the layer's own, in their stored order. `out` takes `of.out.size()` elements and lies apart from the inputs;
/// those of an int32 tensor lie in the same four bytes.
inline void compute_reference(const node& of, std::span<const tensor_view> inputs, const float* weights, float* out) {
  namespace reference = kernels::reference;
  const float* const x = inputs.empty() ? nullptr : inputs[0].data;
  const range rows{0, of.out.height};
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: {
      const kernels::conv2d_shape shape = conv2d_shape_of(of);
      const auto convolve = kernels::is_depthwise(shape) ? reference::depthwise : reference::conv2d;
      return convolve(shape, x, weights, nullptr, out, rows);
    }
    case op::locally_connected2d:
      return reference::locally_connected(conv2d_shape_of(of), x, weights, nullptr, out, rows);
    case op::dense: return reference::dense(dense_shape_of(of), x, weights, nullptr, out, {0, of.out.channels});
    case op::max_pool: return reference::max_pool(pool_shape_of(of), x, out, rows);
    case op::average_pool: return reference::average_pool(pool_shape_of(of), x, out, rows);
    case op::global_max_pool: return reference::global_max_pool({of.in}, x, out);
    case op::global_average_pool: return reference::global_average_pool({of.in}, x, out);
    case op::prelu: return reference::prelu({of.out}, x, weights, out, rows);
    case op::softmax: return reference::softmax({of.out}, false, x, out, rows);
    case op::log_softmax: return reference::softmax({of.out}, true, x, out, rows);
    case op::batch_normalization: return reference::batch_normalization({of.out}, x, weights, out, rows);
    case op::local_response_normalization: {
      const auto& numbers = of.what.numbers;
      return reference::local_response_normalization({of.out, of.what.channels, numbers[0], numbers[1], numbers[2]}, x,
                                                     out, rows);
    }
    case op::concat: return detail::reference_concat(of, inputs, out);
    case op::pad: return reference::pad(pad_shape_of(of), x, out, rows);
    case op::upsample: return reference::upsample({of.in, of.what.kernel}, x, out, rows);
    case op::argmax:
    case op::argmin: {
      std::vector<std::int32_t> places(of.out.size());
      reference::argmax(argmax_shape_of(of), x, places.data(), rows);
      std::memcpy(out, places.data(), of.out.bytes());
      return;
    }
    case op::resize: return reference::resize(resize_shape_of(of), x, out, rows);
    case op::lstm:
    case op::gru:
    case op::rnn: return reference::recurrent(recurrent_shape_of(of), x, weights, out, rows);
    case op::hardmax: return reference::hardmax({of.out}, x, out, rows);
    case op::reduce: return reference::reduce(reduce_shape_of(of), x, out, rows);
    case op::normalize: return reference::normalize(normalize_shape_of(of), x, out, rows);
    case op::rearrange:
    case op::transpose:
    case op::slice: return reference::rearrange(rearrange_shape_of(of), x, out, rows);
    case op::constant: std::copy_n(weights, of.out.size(), out); return;
    default: break;
  }
  if (is_arithmetic(of.what.kind)) {
    return reference::elementwise(elementwise_shape_of(of, inputs[1].dims), x, inputs[1].data, out, rows);
  }
  if (renames(of.what.kind)) {
    std::copy_n(x, of.out.size(), out);
    return;
  }
  reference::activate({of.out, of.what.function}, x, out, rows);
}

}  // namespace cleave::testing
#endif
