// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_INFER_HPP
#define CLEAVE_GRAPH_INFER_HPP

/// @file
/// The shape rule of any built-in layer, chosen by its kind.

#include <cstddef>
#include <span>

#include <cleave/graph/node.hpp>
#include <cleave/layers/layers.hpp>

namespace cleave {

/// The output of a built-in layer. `in` has one shape an input, `type` is that of the first.
constexpr inference infer(const layer_record& record, std::span<const shape> in, dtype type) noexcept {
  switch (record.kind) {
    case op::input: return input::infer(record);
    case op::output: return output::infer(record, in[0], type);
    case op::flatten: return flatten::infer(in[0], type);
    case op::reshape: return reshape::infer(record, in[0], type);
    case op::dropout: return output::infer(record, in[0], type);
    case op::constant: return input::infer(record);
    case op::rearrange: return rearrange::infer(record, in[0], type);
    case op::transpose: return transpose::infer(record, in[0], type);
    case op::slice: return slice::infer(record, in[0], type);
    default: break;
  }
  if (type != dtype::float32) return refused(need::float_elements);
  switch (record.kind) {
    case op::conv2d: return conv2d::infer(record, in[0]);
    case op::depthwise_conv2d: return depthwise_conv2d::infer(record, in[0]);
    case op::locally_connected2d: return locally_connected2d::infer(record, in[0]);
    case op::dense: return dense::infer(record, in[0]);
    case op::max_pool: return max_pool::infer(record, in[0]);
    case op::average_pool: return average_pool::infer(record, in[0]);
    case op::global_max_pool:
    case op::global_average_pool: return global_max_pool::infer(record, in[0]);
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::divide:
    case op::maximum:
    case op::minimum:
    case op::power: return infer_arithmetic(in[0], in[1]);
    case op::concat: return concat::infer(record, in);
    case op::pad: return pad::infer(record, in[0]);
    case op::upsample: return upsample::infer(record, in[0]);
    case op::resize: return resize::infer(record, in[0]);
    case op::reduce: return infer_one_channel(in[0], dtype::float32);
    case op::argmax:
    case op::argmin: return infer_one_channel(in[0], dtype::int32);
    case op::lstm:
    case op::gru:
    case op::rnn: return infer_recurrent(record, in[0]);
    case op::local_response_normalization:
      return record.channels > 0 ? infer_unchanged(in[0]) : refused(need::positive_sizes);
    default: return infer_unchanged(in[0]);
  }
}

}  // namespace cleave
#endif
