// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_RECURRENT_HPP
#define CLEAVE_LAYERS_RECURRENT_HPP

/// @file
/// Layers that run along the columns of a tensor and remember: every row is a sequence, every column a moment of it.

#include <cleave/layers/record.hpp>

namespace cleave {

namespace detail {

constexpr layer_record recurrent_record(op kind, int units, bool linear_before_reset, bool initial_state, label name,
                                        label from) {
  layer_record record;
  record.kind = kind;
  record.channels = units;
  record.integers = {linear_before_reset ? 1 : 0, initial_state ? 1 : 0};
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// Sums that a recurrent layer adds up for each unit and moment: one a gate.
constexpr int gates_of(op kind) noexcept { return kind == op::lstm ? 4 : kind == op::gru ? 3 : 1; }

/// The shape rule of recurrent layers: the state at every moment.
constexpr inference infer_recurrent(const layer_record& record, shape in) noexcept {
  if (record.channels <= 0) return refused(need::positive_sizes);
  inference result;
  result.out = {in.height, in.width, record.channels};
  result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(gates_of(record.kind)) *
                         static_cast<std::uint64_t>(in.channels + record.channels);
  return result;
}

/// A long short-term memory (ONNX LSTM, forward, with its default activations). The state at first is 0, or with
/// `initial_state` trained numbers.
struct lstm {
  int units;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::lstm, units, false, initial_state, name, from);
  }
};

/// A gated recurrent unit (ONNX GRU, forward, with its default activations). PyTorch and Keras reset after the product:
/// `linear_before_reset`.
struct gru {
  int units;
  bool linear_before_reset = false;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::gru, units, linear_before_reset, initial_state, name, from);
  }
};

/// A recurrent layer without gates: tanh of the sum (ONNX RNN, forward, with its default activation).
struct rnn {
  int units;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::rnn, units, false, initial_state, name, from);
  }
};

}  // namespace cleave
#endif
