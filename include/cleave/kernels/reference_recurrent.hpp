// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_RECURRENT_HPP
#define CLEAVE_KERNELS_REFERENCE_RECURRENT_HPP

/// @file
/// What recurrent.hpp must compute, as plain loops over the same weights.

#include <cstddef>
#include <vector>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/recurrent_shape.hpp>
#include <cleave/kernels/reference_activation.hpp>

namespace cleave::kernels::reference {

/// The sum of bias `which`, of the inputs (unless null) and of the units before (unless null), for one unit and gate.
inline float recurrent_sum(const recurrent_layout& layout, const float* weights, int unit, int gate, int which,
                           const float* in, const float* before) noexcept {
  float sum = weights[layout.bias(unit, which)];
  if (in != nullptr) {
    for (int i = 0; i < layout.inputs; ++i) sum = fused(in[i], weights[layout.weight(unit, gate, i)], sum);
  }
  if (before != nullptr) {
    for (int i = 0; i < layout.units; ++i) {
      sum = fused(before[i], weights[layout.weight(unit, gate, layout.inputs + i)], sum);
    }
  }
  return sum;
}

/// One moment: `before` is null where there are no units before, `cells` are those of an LSTM.
inline void recurrent_moment(const recurrent_shape& of, const float* weights, const float* in, const float* before,
                             std::vector<float>& cells, float* out) {
  const recurrent_layout layout = recurrent_weights(of);
  const auto sigmoid = [](float x) { return kernels::sigmoid(scalar_pack{x}).value; };
  const auto tanh = [](float x) { return kernels::tanh(scalar_pack{x}).value; };
  const auto sum = [&](int unit, int gate) { return recurrent_sum(layout, weights, unit, gate, gate, in, before); };
  const auto unit_before = [&](int unit) { return before == nullptr ? 0.0F : before[unit]; };
  std::vector<float> reset(static_cast<std::size_t>(of.units));
  if (of.kind == recurrent_kind::gru) {
    for (int u = 0; u < of.units; ++u)
      reset[static_cast<std::size_t>(u)] = fused(sigmoid(sum(u, 1)), unit_before(u), 0.0F);
  }
  for (int u = 0; u < of.units; ++u) {
    if (of.kind == recurrent_kind::rnn) {
      out[u] = tanh(sum(u, 0));
    } else if (of.kind == recurrent_kind::lstm) {
      float& cell = cells[static_cast<std::size_t>(u)];
      cell = fused(sigmoid(sum(u, 2)), cell, fused(sigmoid(sum(u, 0)), tanh(sum(u, 3)), 0.0F));
      out[u] = fused(sigmoid(sum(u, 1)), tanh(cell), 0.0F);
    } else {
      float n = 0;
      if (of.kind == recurrent_kind::gru) {
        n = tanh(recurrent_sum(layout, weights, u, 2, 2, in, before == nullptr ? nullptr : reset.data()));
      } else {
        const float read = recurrent_sum(layout, weights, u, 2, 2, in, nullptr);
        n = tanh(fused(sigmoid(sum(u, 1)), recurrent_sum(layout, weights, u, 2, 3, nullptr, before), read));
      }
      out[u] = fused(sigmoid(sum(u, 0)), unit_before(u) - n, n);
    }
  }
}

inline void recurrent(const recurrent_shape& of, const float* in, const float* weights, float* out, range rows) {
  const recurrent_layout layout = recurrent_weights(of);
  for (int y = rows.begin; y < rows.end; ++y) {
    const float* before = of.initial_state ? weights + layout.state(0, 0) : nullptr;
    std::vector<float> cells(static_cast<std::size_t>(of.units));
    if (of.initial_state && of.kind == recurrent_kind::lstm) {
      for (int u = 0; u < of.units; ++u) cells[static_cast<std::size_t>(u)] = weights[layout.state(u, 1)];
    }
    for (int x = 0; x < of.in.width; ++x) {
      float* const now = out + at(of.out(), y, x, 0);
      recurrent_moment(of, weights, in + at(of.in, y, x, 0), before, cells, now);
      before = now;
    }
  }
}

}  // namespace cleave::kernels::reference
#endif
