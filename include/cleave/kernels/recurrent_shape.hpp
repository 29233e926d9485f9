// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_RECURRENT_SHAPE_HPP
#define CLEAVE_KERNELS_RECURRENT_SHAPE_HPP

/// @file
/// What recurrent kernels are keyed by, and where their weights lie.

#include <cstddef>
#include <cstdint>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/weight_layout.hpp>

namespace cleave::kernels {

enum class recurrent_kind : std::uint8_t {
  lstm,
  gru,
  gru_linear,  ///< resets after the product
  rnn,
};

/// Everything that the code of a recurrent layer depends on. Every row is a sequence, every column a moment of it.
struct recurrent_shape {
  shape in;
  int units;
  recurrent_kind kind;
  bool initial_state = false;  ///< stands behind the biases; otherwise it is 0

  constexpr shape out() const noexcept { return {in.height, in.width, units}; }
  constexpr bool operator==(const recurrent_shape&) const = default;
};

/// Units in blocks of 16, the last one as wide as the units left, rounded up to a multiple of 4. For each block
/// [step][gate][unit], where the steps are the inputs, then the units of the moment before; gates are in the order of
/// ONNX. Then for each block [bias][unit]: one a gate, the sum of ONNX's two, but of a GRU that resets after the
/// product the second of its last gate apart behind them. Then the initial states, if there are any: [state][unit].
struct recurrent_layout {
  int inputs = 1;
  int units = 1;
  int gates = 1;
  int biases = 1;  ///< of a unit
  int states = 0;

  constexpr int steps() const noexcept { return inputs + units; }
  constexpr int padded_units() const noexcept { return ceil_div(units, 4) * 4; }
  /// How many units the block that holds `unit` has, with those that fill it up.
  constexpr int width_at(int unit) const noexcept {
    const int rest = padded_units() - unit / block_width * block_width;
    return rest < block_width ? rest : block_width;
  }
  constexpr std::size_t first_bias() const noexcept { return of_all(steps() * gates); }
  constexpr std::size_t first_state() const noexcept { return first_bias() + of_all(biases); }
  constexpr std::size_t floats() const noexcept { return first_state() + of_all(states); }

  constexpr std::size_t weight(int unit, int gate, int step) const noexcept {
    return place(unit, steps() * gates, step * gates + gate);
  }
  constexpr std::size_t bias(int unit, int which) const noexcept { return first_bias() + place(unit, biases, which); }
  /// State 0 is what the layer gave at the moment before, state 1 the cell of an LSTM.
  constexpr std::size_t state(int unit, int which) const noexcept {
    return first_state() + static_cast<std::size_t>(which * padded_units() + unit);
  }
  constexpr bool operator==(const recurrent_layout&) const = default;

 private:
  constexpr std::size_t of_all(int numbers) const noexcept {
    return static_cast<std::size_t>(padded_units()) * static_cast<std::size_t>(numbers);
  }
  /// Number `which` of `count` that every unit has.
  constexpr std::size_t place(int unit, int count, int which) const noexcept {
    const auto block = static_cast<std::size_t>(unit / block_width * block_width);
    return block * static_cast<std::size_t>(count) +
           static_cast<std::size_t>(which) * static_cast<std::size_t>(width_at(unit)) +
           static_cast<std::size_t>(unit % block_width);
  }
};

constexpr recurrent_layout recurrent_weights(const recurrent_shape& of) noexcept {
  const int gates = of.kind == recurrent_kind::lstm ? 4 : of.kind == recurrent_kind::rnn ? 1 : 3;
  const int biases = of.kind == recurrent_kind::gru_linear ? 4 : gates;
  const int states = !of.initial_state ? 0 : of.kind == recurrent_kind::lstm ? 2 : 1;
  return {of.in.channels, of.units, gates, biases, states};
}

}  // namespace cleave::kernels
#endif
