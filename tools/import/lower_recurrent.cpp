// SPDX-License-Identifier: BSL-1.0
/// @file
/// LSTM, GRU and RNN: each direction is a layer of its own, for all sequences of a batch.

#include <algorithm>
#include <vector>

#include "lowering.hpp"

namespace importer {

namespace {

struct recurrence {
  cleave::op kind = cleave::op::lstm;
  std::int64_t units = 0;
  std::int64_t gates = 1;
  bool batch_first = false;  ///< layout = 1
  std::int64_t moments = 0;
  std::int64_t batch = 0;
  std::int64_t channels = 0;
  std::vector<bool> backwards;  ///< a direction each
};

recurrence recurrence_of(const lowering& to, const operation& of, const value& from) {
  recurrence result;
  result.kind = of.kind == "LSTM" ? cleave::op::lstm : of.kind == "GRU" ? cleave::op::gru : cleave::op::rnn;
  result.gates = cleave::gates_of(result.kind);
  if (from.rank() != 3) lowering::damaged(of, "its input does not have 3 axes");
  result.batch_first = of.integer("layout", 0) != 0;
  result.moments = from.dims[result.batch_first ? 1 : 0];
  result.batch = from.dims[result.batch_first ? 0 : 1];
  result.channels = from.dims[2];
  const std::string direction = of.text("direction", "forward");
  if (direction == "forward") result.backwards = {false};
  else if (direction == "reverse") result.backwards = {true};
  else if (direction == "bidirectional") result.backwards = {false, true};
  else lowering::damaged(of, "direction '" + direction + "' is not known");
  const auto ways = static_cast<std::int64_t>(result.backwards.size());
  const tensor& states = to.known(of, 2, "the recurrent weight");
  if (states.dims.size() != 3) lowering::damaged(of, "recurrent weights without 3 axes");
  result.units = states.dims[2];
  if (of.integer("hidden_size", result.units) != result.units || result.units <= 0 || result.units > 1 << 20) {
    lowering::damaged(of, "hidden_size is not that of its weights");
  }
  const sizes wanted{ways, result.gates * result.units, result.units};
  const sizes inputs{ways, result.gates * result.units, result.channels};
  if (states.dims != wanted || to.known(of, 1, "the weight").dims != inputs) {
    lowering::damaged(of, "weights of " + text_of(to.known(of, 1, "the weight").dims) + " and " + text_of(states.dims) +
                              " do not fit its input of " + text_of(from.dims));
  }
  if (of.has("clip")) lowering::refuse(of, "clip is not supported");
  if (of.integer("input_forget", 0) != 0) lowering::refuse(of, "input_forget is not supported");
  if (of.has_input(4)) {
    const tensor& lengths = to.known(of, 4, "sequence_lens");
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (lengths.number(i) != static_cast<double>(result.moments)) {
        lowering::refuse(of, "sequences of different lengths are not supported");
      }
    }
  }
  if (result.kind == cleave::op::lstm && of.has_input(7)) {
    const std::vector<float> peepholes = to.known(of, 7, "the peepholes").floats();
    if (std::any_of(peepholes.begin(), peepholes.end(), [](float each) { return each != 0; })) {
      lowering::refuse(of, "peepholes are not supported");
    }
  }
  return result;
}

/// The numbers of one direction of an input [directions][...].
std::vector<float> part(const lowering& to, const operation& of, std::size_t index, std::size_t way, std::size_t ways,
                        std::size_t count, const char* what) {
  if (!of.has_input(index)) return std::vector<float>(count, 0.0F);
  const std::vector<float> all = to.known(of, index, what).floats();
  if (all.size() != count * ways) lowering::damaged(of, std::string{what} + " has another size than its weights");
  return {all.begin() + static_cast<std::ptrdiff_t>(way * count),
          all.begin() + static_cast<std::ptrdiff_t>((way + 1) * count)};
}

void check_activations(const operation& of, cleave::op kind, std::size_t ways) {
  const auto found = of.attributes.find("activations");
  if (found == of.attributes.end() || found->second.text.empty()) return;
  const std::string one = kind == cleave::op::lstm  ? "Sigmoid Tanh Tanh "
                          : kind == cleave::op::gru ? "Sigmoid Tanh "
                                                    : "Tanh ";
  std::string wanted;
  for (std::size_t i = 0; i < ways; ++i) wanted += one;
  if (found->second.text != wanted) lowering::refuse(of, "only the default activations are supported");
}

/// The initial state of a sequence: zero, or known numbers.
std::vector<float> state_of(const lowering& to, const operation& of, std::size_t index, const recurrence& with,
                            std::size_t way, std::int64_t sequence, bool& any) {
  const auto units = static_cast<std::size_t>(with.units);
  std::vector<float> result(units, 0.0F);
  if (!of.has_input(index)) return result;
  const tensor& given = to.known(of, index, "the initial state");
  const std::vector<float> all = given.floats();
  const auto ways = with.backwards.size();
  const auto batch = static_cast<std::size_t>(with.batch);
  if (all.size() != units * ways * batch) lowering::damaged(of, "an initial state of another size");
  const std::size_t row = with.batch_first ? static_cast<std::size_t>(sequence) * ways + way
                                           : way * batch + static_cast<std::size_t>(sequence);
  for (std::size_t i = 0; i < units; ++i) {
    result[i] = all[row * units + i];
    any = any || result[i] != 0;
  }
  return result;
}

/// One direction over sequences, from `number` on: (T, N, channels) to (T, N, units).
value run(lowering& to, const operation& of, const value& sequence, const recurrence& with, std::size_t way,
          std::int64_t number) {
  const auto units = static_cast<std::size_t>(with.units);
  const auto gates = static_cast<std::size_t>(with.gates);
  const std::size_t ways = with.backwards.size();
  parameters trained;
  trained.weights = part(to, of, 1, way, ways, gates * units * static_cast<std::size_t>(with.channels), "the weight");
  const auto states = part(to, of, 2, way, ways, gates * units * units, "the recurrent weight");
  trained.weights.insert(trained.weights.end(), states.begin(), states.end());
  trained.bias = part(to, of, 3, way, ways, 2 * gates * units, "the bias");
  bool initial = false;
  std::vector<float> first = state_of(to, of, 5, with, way, number, initial);
  if (with.kind == cleave::op::lstm) {
    const std::vector<float> cell = state_of(to, of, 6, with, way, number, initial);
    first.insert(first.end(), cell.begin(), cell.end());
  }
  if (initial) trained.weights.insert(trained.weights.end(), first.begin(), first.end());

  const std::size_t sequences = 1;
  value from = with.backwards[way] ? sliced(to, sequence, 0, with.moments - 1, with.moments, -1) : sequence;
  // Every sequence is a row, its moments are the columns.
  from = to.arranged(
      from, in_order({sequences, 0, 2}, from.dims),
      {static_cast<int>(from.dims[sequences]), static_cast<int>(with.moments), static_cast<int>(with.channels)});
  value made = from;
  made.dims[2] = with.units;
  const int count = static_cast<int>(with.units);
  if (with.kind == cleave::op::lstm) {
    made.layer = to.add(cleave::lstm{.units = count, .initial_state = initial}, {from.layer}, std::move(trained));
  } else if (with.kind == cleave::op::gru) {
    made.layer = to.add(
        cleave::gru{
            .units = count, .linear_before_reset = of.integer("linear_before_reset", 0) != 0, .initial_state = initial},
        {from.layer}, std::move(trained));
  } else {
    made.layer = to.add(cleave::rnn{.units = count, .initial_state = initial}, {from.layer}, std::move(trained));
  }
  made.memory = in_order({sequences, 0, 2}, made.dims);
  return with.backwards[way] ? sliced(to, made, 0, with.moments - 1, with.moments, -1) : made;
}

/// Axis i becomes axis `places[i]`.
value turned(lowering& to, const value& from, const std::vector<std::size_t>& places) {
  auto [made, digits] = to.along_axes(from);
  for (std::size_t axis = 0; axis < places.size(); ++axis) made.dims[places[axis]] = from.dims[axis];
  for (axis_digit& each : digits) each.axis = places[each.axis];
  made.memory = layout_of(digits, made.dims);
  return made;
}

void recurrent(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const recurrence with = recurrence_of(to, of, given);
  check_activations(of, with.kind, with.backwards.size());
  // Sequences that begin in states of their own are layers of their own.
  const bool together = !of.has_input(5) && !of.has_input(6);
  const std::int64_t each = together ? with.batch : 1;
  if (with.batch / each * static_cast<std::int64_t>(with.backwards.size()) > 64) {
    lowering::refuse(of, "initial states of more than 64 sequences");
  }
  const value steps = with.batch_first ? turned(to, given, {1, 0, 2}) : given;
  // All moments as (T, directions, N, units), and the last ones as (1, directions, N, units).
  std::vector<value> all;
  std::vector<value> last;
  for (std::size_t way = 0; way < with.backwards.size(); ++way) {
    std::vector<value> sequences;
    std::vector<value> ends;
    for (std::int64_t n = 0; n < with.batch; n += each) {
      const value made = run(to, of, sliced(to, steps, 1, n, each, 1), with, way, n);
      sequences.push_back(lowering::reshaped(made, {with.moments, 1, each, with.units}));
      if (!of.has_output(1)) continue;
      const value end = sliced(to, made, 0, with.backwards[way] ? 0 : with.moments - 1, 1, 1);
      ends.push_back(lowering::reshaped(end, {1, 1, each, with.units}));
    }
    if (of.has_output(0)) all.push_back(joined(to, sequences, 2));
    if (of.has_output(1)) last.push_back(joined(to, ends, 2));
  }
  // Where the batch comes first: (N, T, directions, units) and (N, directions, units).
  const auto ways = static_cast<std::int64_t>(with.backwards.size());
  if (of.has_output(0)) {
    const value made = joined(to, all, 1);
    to.give(of, 0, with.batch_first ? turned(to, made, {1, 2, 0, 3}) : made);
  }
  if (of.has_output(1)) {
    value made = joined(to, last, 1);
    if (with.batch_first) made = turned(to, made, {1, 2, 0, 3});
    to.give(of, 1,
            lowering::reshaped(
                made, with.batch_first ? sizes{with.batch, ways, with.units} : sizes{ways, with.batch, with.units}));
  }
}

}  // namespace

void add_recurrent(lower_table& table) {
  table["LSTM"] = recurrent;
  table["GRU"] = recurrent;
  table["RNN"] = recurrent;
}

}  // namespace importer
