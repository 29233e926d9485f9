// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTING_CHECK_LAYER_HPP
#define CLEAVE_TESTING_CHECK_LAYER_HPP

/// @file
/// For authors of layers: does yours keep the promises of the concept? Whether it computes the right thing is not
/// checked here. No test framework. Hosted: allocates.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

#include <cleave/core/random_bits.hpp>
#include <cleave/layers/layer.hpp>
#include <cleave/simd/native.hpp>
#include <cleave/testing/conformance_report.hpp>

namespace cleave::detail {

/// Floats between two guards, at an address that need not be a multiple of more than 4.
class guarded_floats {
 public:
  static constexpr std::size_t guard_size = 64;

  guarded_floats(std::size_t size, float guard, std::size_t shift = 0)
      : memory_(size + 2 * guard_size + shift, guard), shift_(shift), size_(size) {}

  float* data() noexcept { return memory_.data() + guard_size + shift_; }
  const float* data() const noexcept { return memory_.data() + guard_size + shift_; }
  std::size_t size() const noexcept { return size_; }
  bool same(const guarded_floats& other, std::size_t begin, std::size_t end) const noexcept {
    return std::memcmp(data() + begin, other.data() + begin, (end - begin) * sizeof(float)) == 0;
  }
  bool same_memory(const guarded_floats& other) const noexcept {
    return memory_.size() == other.memory_.size() &&
           std::memcmp(memory_.data(), other.memory_.data(), memory_.size() * sizeof(float)) == 0;
  }
  bool guards_hold(float guard) const noexcept {
    const auto is_guard = [guard](const float& each) { return std::memcmp(&each, &guard, sizeof each) == 0; };
    return std::all_of(memory_.data(), data(), is_guard) &&
           std::all_of(data() + size_, memory_.data() + memory_.size(), is_guard);
  }

 private:
  std::vector<float> memory_;
  std::size_t shift_;
  std::size_t size_;
};

/// The checks for one layer and the shapes of its inputs.
template <layer Layer>
class layer_check {
 public:
  layer_check(const Layer& own, std::span<const shape> in) : own_(own), in_(in.begin(), in.end()) {
    found_ = own.infer(in_);
    if (!fits()) return;
    random_bits random{1};
    for (const shape each : in_) inputs_.push_back(some_floats(each.size(), random));
    weights_.push_back(some_floats(own.weight_count(in_), random));
    const std::vector<guarded_floats> inputs = inputs_;
    const std::vector<guarded_floats> weights = weights_;
    expected_.push_back(compute<scalar_pack>(all_rows(), 0.0F));
    for (std::size_t i = 0; i < inputs.size(); ++i) reads_only_ &= inputs_[i].same_memory(inputs[i]);
    reads_only_ &= weights_[0].same_memory(weights[0]);
  }

  /// Whether the layer takes these shapes.
  bool fits() const noexcept { return found_.needs == need::nothing; }

  bool infers_alike() const noexcept {
    const inference again = own_.infer(in_);
    return again.out == found_.out && again.needs == need::nothing && own_.weight_count(in_) == weights_[0].size() &&
           found_.out.height > 0 && found_.out.width > 0 && found_.out.channels > 0;
  }

  bool reads_only() const noexcept { return reads_only_; }

  /// Fills the output with different numbers before: an element that is left out shows.
  bool writes_all() const { return compute<scalar_pack>(all_rows(), 1.0F).same(expected_[0], 0, found_.out.size()); }

  template <pack Pack>
  bool writes_nothing_else() const {
    return every_division([&](range rows) {
      const guarded_floats out = compute<Pack>(rows, 2.0F);
      const auto is_2 = [](float each) { return each == 2.0F; };
      return out.guards_hold(2.0F) && std::all_of(out.data(), out.data() + row_begin(rows.begin), is_2) &&
             std::all_of(out.data() + row_begin(rows.end), out.data() + out.size(), is_2);
    });
  }

  template <pack Pack>
  bool same_bits() const {
    return every_division([&](range rows) {
      return compute<Pack>(rows, 3.0F).same(expected_[0], row_begin(rows.begin), row_begin(rows.end));
    });
  }

  /// What lies around inputs and weights, and where they lie, must not matter.
  template <pack Pack>
  bool reads_nothing_else() const {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const std::size_t shift : {0U, 1U, 3U}) {
      std::vector<guarded_floats> inputs;
      std::vector<guarded_floats> weights;
      for (const guarded_floats& each : inputs_) inputs.push_back(copied(each, nan, shift));
      for (const guarded_floats& each : weights_) weights.push_back(copied(each, nan, shift));
      const guarded_floats out = compute<Pack>(all_rows(), 4.0F, inputs, weights);
      if (!out.same(expected_[0], 0, out.size())) return false;
    }
    return true;
  }

 private:
  range all_rows() const noexcept { return {0, found_.out.height}; }

  std::size_t row_begin(int row) const noexcept {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(found_.out.width) *
           static_cast<std::size_t>(found_.out.channels);
  }

  /// Every row by itself, the first and the last rows of every division in two, and all.
  template <class Check>
  bool every_division(Check check) const {
    const int height = found_.out.height;
    for (int row = 0; row < height; ++row) {
      if (!check(range{row, row + 1}) || !check(range{0, row + 1}) || !check(range{row, height})) return false;
    }
    return check(range{height, height});
  }

  static guarded_floats some_floats(std::size_t size, random_bits& random) {
    guarded_floats made(size, 0.0F);
    for (std::size_t i = 0; i < size; ++i) {
      made.data()[i] = (static_cast<float>(random.below(4001)) - 2000.0F) / 1024.0F;
    }
    return made;
  }

  static guarded_floats copied(const guarded_floats& from, float guard, std::size_t shift) {
    guarded_floats made(from.size(), guard, shift);
    std::copy_n(from.data(), from.size(), made.data());
    return made;
  }

  template <pack Pack>
  guarded_floats compute(range rows, float fill) const {
    return compute<Pack>(rows, fill, inputs_, weights_);
  }

  template <pack Pack>
  guarded_floats compute(range rows, float fill, const std::vector<guarded_floats>& inputs,
                         const std::vector<guarded_floats>& weights) const {
    guarded_floats out(found_.out.size(), fill);
    std::vector<tensor_view> views;
    for (std::size_t i = 0; i < inputs.size(); ++i) views.push_back({inputs[i].data(), in_[i]});
    own_.template run<Pack>(layer_arguments{views, out.data(), found_.out, weights[0].data(), rows});
    return out;
  }

  const Layer& own_;
  std::vector<shape> in_;
  inference found_;
  std::vector<guarded_floats> inputs_;
  std::vector<guarded_floats> weights_;   // one
  std::vector<guarded_floats> expected_;  // one: all rows, on scalars
  bool reads_only_ = true;
};

}  // namespace cleave::detail

namespace cleave::testing {

/// Runs a layer on inputs of these shapes, on `scalar_pack` and on `native_pack`, whole and row by row, and compares.
///
/// `const auto report = cleave::testing::check_layer(my_layer{.factor = 2}, {{8, 8, 16}});`
/// `if (!report) std::puts(report.first_failure());`
template <layer Layer>
conformance_report check_layer(const Layer& own, std::span<const shape> inputs) {
  using outcome = conformance_report::outcome;
  conformance_report report;
  const auto arity = static_cast<std::size_t>(custom_record(own, 0).arity);
  const bool counts = inputs.size() == arity;
  report.add("as many shapes are given as the layer has inputs", counts);
  if (!counts) return report;
  const detail::layer_check<Layer> check{own, inputs};
  report.add("infer takes the shapes given", check.fits());
  if (!check.fits()) return report;
  report.add("infer and weight_count say the same when asked again, and sizes are positive", check.infers_alike());
  report.add("inputs and weights are not changed", check.reads_only());
  report.add("every element of the rows asked for is written", check.writes_all());
  report.add("nothing is written beside the rows asked for",
             check.template writes_nothing_else<scalar_pack>() && check.template writes_nothing_else<native_pack>());
  report.add("rows have the same bits however they are divided", check.template same_bits<scalar_pack>());
  if constexpr (std::same_as<native_pack, scalar_pack>) {
    report.add("every pack gives the same bits: there is no other pack here", outcome::skipped);
  } else {
    report.add("every pack gives the same bits", check.template same_bits<native_pack>());
  }
  report.add("nothing beside inputs and weights is used, wherever they lie",
             check.template reads_nothing_else<scalar_pack>() && check.template reads_nothing_else<native_pack>());
  return report;
}

template <layer Layer>
conformance_report check_layer(const Layer& own, std::initializer_list<shape> inputs) {
  return check_layer(own, std::span<const shape>{inputs.begin(), inputs.size()});
}

/// The same over shapes around the edges of vectors, all inputs alike. Gives the first report with a failure, or the
/// last one; a layer that takes none of the shapes fails, and wants the form above.
template <layer Layer>
conformance_report check_layer(const Layer& own = Layer{}) {
  constexpr std::array<shape, 10> shapes{{{1, 1, 1},
                                          {1, 1, 3},
                                          {4, 4, 4},
                                          {5, 3, 7},
                                          {3, 6, 8},
                                          {2, 5, 15},
                                          {6, 4, 16},
                                          {3, 3, 17},
                                          {1, 40, 5},
                                          {7, 2, 33}}};
  conformance_report report;
  report.add("infer takes one of the shapes tried: give others if it can not", false);
  for (const shape each : shapes) {
    const std::vector<shape> inputs(static_cast<std::size_t>(custom_record(own, 0).arity), each);
    if (own.infer(inputs).needs != need::nothing) continue;
    report = check_layer(own, inputs);
    if (!report) return report;
  }
  return report;
}

}  // namespace cleave::testing
#endif
