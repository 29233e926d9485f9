// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_GRAPH_RANDOM_GRAPH_HPP
#define CLEAVE_TESTS_GRAPH_RANDOM_GRAPH_HPP

/// @file
/// Graphs drawn by a seed, at run time or while compiling: one or two inputs, branches that wait for each other, sums
/// and concatenations of whatever fits, renamed tensors, answers in the middle.

#include <algorithm>
#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/graph/graph.hpp>
#include <cstddef>
#include <cstdint>

namespace random_graph {

inline constexpr std::array<cleave::label, 40> labels{"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
                                                      "b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9",
                                                      "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9",
                                                      "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9"};

template <std::size_t Nodes>
class maker {
 public:
  constexpr explicit maker(std::uint64_t seed) : random_(seed) {}

  constexpr cleave::graph<Nodes> make() {
    const std::size_t inputs = 1 + pick(2);
    for (std::size_t i = 0; i < inputs; ++i) append(cleave::input{.height = 6, .width = 6, .channels = i == 0 ? 4 : 8});
    for (std::size_t i = 0; i < inputs; ++i) append(cleave::conv2d{.channels = 8, .kernel = 1, .from = name_of(i)});
    while (count_ < Nodes) append(draw());
    return cleave::graph<Nodes>{run_};
  }

 private:
  constexpr std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random_.below(below)); }

  /// A value that a layer may read: mostly a recent one. The labels are few, so only the last ones can be named.
  constexpr std::size_t source() {
    const std::size_t oldest = count_ > labels.size() - 1 ? count_ - (labels.size() - 1) : 0;
    const std::size_t reach = pick(3) == 0 ? count_ - oldest : std::min<std::size_t>(3, count_ - oldest);
    std::size_t found = count_ - 1 - pick(reach);
    while (types_[found] != cleave::dtype::float32) --found;
    return found;
  }

  constexpr cleave::label name_of(std::size_t index) { return labels[index % labels.size()]; }

  /// Another value of the same shape, the last one of them, or `of` itself.
  constexpr std::size_t partner(std::size_t of) {
    const std::size_t oldest = count_ > labels.size() - 1 ? count_ - (labels.size() - 1) : 0;
    const bool skip = pick(2) == 0;
    std::size_t found = of;
    for (std::size_t i = oldest; i < count_; ++i) {
      if (i == of || shapes_[i] != shapes_[of] || types_[i] != cleave::dtype::float32) continue;
      found = i;
      if (skip) break;
    }
    return found;
  }

  /// A value with one element for each of `channels`, or -1.
  constexpr int per_channel(int channels) {
    const std::size_t oldest = count_ > labels.size() - 1 ? count_ - (labels.size() - 1) : 0;
    for (std::size_t i = count_; i-- > oldest;) {
      if (shapes_[i] == cleave::shape{1, 1, channels} && types_[i] == cleave::dtype::float32)
        return static_cast<int>(i);
    }
    return -1;
  }

  constexpr cleave::layer_record draw() {
    using namespace cleave;
    const std::size_t from = source();
    const shape in = shapes_[from];
    const label first = name_of(from);
    switch (pick(16)) {
      case 0:
      case 1: return conv2d{.channels = in.channels, .kernel = 3, .padding = same, .from = first};
      case 2: return conv2d{.channels = 4, .kernel = 1, .from = first};
      case 3:
        return conv2d{
            .channels = 8, .kernel = 3, .stride = 1 + static_cast<int>(pick(2)), .padding = same, .from = first};
      case 4: return depthwise_conv2d{.kernel = 3, .padding = same, .from = first};
      case 5: return max_pool{.kernel = 2, .stride = 1, .padding = {1, 1, 0, 0}, .from = first};
      case 6:
      case 7: return relu{.from = first};
      case 8: return sigmoid{.from = first};
      case 9: return dropout{.from = first};
      case 10:
      case 11: return add{.with = name_of(partner(from)), .from = first};
      case 12: {
        const int factor = per_channel(in.channels);
        if (factor >= 0) return multiply{.with = name_of(static_cast<std::size_t>(factor)), .from = first};
        if (pick(2) == 0) return global_average_pool{.from = first};
        return subtract{.with = name_of(partner(from)), .from = first};
      }
      case 13: {
        if (in.channels > 24) return relu6{.from = first};
        return concat{.with = {name_of(partner(from)), pick(2) == 0 ? first : label{}}, .from = first};
      }
      case 14: return pick(2) == 0 ? static_cast<layer_record>(output{.from = first}) : prelu{.from = first};
      default:
        return pick(3) == 0 ? static_cast<layer_record>(argmax{.from = first}) : batch_normalization{.from = first};
    }
  }

  constexpr void append(cleave::layer_record record) {
    record.name = name_of(count_);
    std::array<cleave::shape, cleave::max_inputs> in{};
    const auto arity = static_cast<std::size_t>(record.arity);
    for (std::size_t k = 0; k < arity; ++k) in[k] = shapes_[index_of(record.from[k])];
    const cleave::inference found = cleave::infer(record, {in.data(), arity}, cleave::dtype::float32);
    shapes_[count_] = found.out;
    types_[count_] = found.type;
    run_.records[count_++] = record;
  }

  constexpr std::size_t index_of(cleave::label name) {
    for (std::size_t i = count_; i-- > 0;) {
      if (run_.records[i].name == name) return i;
    }
    return 0;
  }

  cleave::random_bits random_;
  cleave::layers<Nodes> run_;
  std::array<cleave::shape, Nodes> shapes_{};
  std::array<cleave::dtype, Nodes> types_{};
  std::size_t count_ = 0;
};

/// The graph of a seed.
template <std::size_t Nodes>
constexpr cleave::graph<Nodes> make(std::uint64_t seed) {
  return maker<Nodes>{seed}.make();
}

}  // namespace random_graph
#endif
