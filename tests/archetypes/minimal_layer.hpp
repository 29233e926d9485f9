// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_MINIMAL_LAYER_HPP
#define CLEAVE_TESTS_ARCHETYPES_MINIMAL_LAYER_HPP

#include <cleave/layers/layer.hpp>
#include <cleave/layers/layers.hpp>
#include <cleave/simd/pack.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace archetypes {

/// A layer and nothing more: can not be assigned or made without arguments. Turns every sign.
class minimal_layer {
 public:
  constexpr explicit minimal_layer(cleave::label called, cleave::label reads = {}) : name(called), from(reads) {}
  minimal_layer(const minimal_layer&) = default;
  minimal_layer& operator=(const minimal_layer&) = delete;

  static constexpr std::string_view kind = "minimal";
  cleave::label name;
  cleave::label from;

  constexpr cleave::inference infer(std::span<const cleave::shape> in) const noexcept {
    return cleave::infer_unchanged(in[0]);
  }
  constexpr std::size_t weight_count(std::span<const cleave::shape>) const noexcept { return 0; }

  template <cleave::pack Pack>
  void run(const cleave::layer_arguments& with) const noexcept {
    const auto row = static_cast<std::size_t>(with.dims.width) * static_cast<std::size_t>(with.dims.channels);
    const auto end = static_cast<std::size_t>(with.rows.end) * row;
    for (auto i = static_cast<std::size_t>(with.rows.begin) * row; i < end; ++i) {
      with.output[i] = 0.0F - with.inputs[0].data[i];
    }
  }

  void operator&() const = delete;
};

static_assert(cleave::layer<minimal_layer>);

/// A layer with all that a layer may have: an attribute, two inputs and weights. Gives slope * (first + second) + shift
/// with a slope and a shift a channel, every `step`-th column.
struct mixing_layer {
  int step = 1;
  cleave::label with;
  cleave::label name{};
  cleave::label from{};

  static constexpr std::string_view kind = "mixing";

  constexpr std::uint64_t fingerprint() const noexcept { return static_cast<std::uint64_t>(step); }

  constexpr cleave::inference infer(std::span<const cleave::shape> in) const noexcept {
    if (in.size() != 2 || in[0] != in[1]) return cleave::refused(cleave::need::inputs_of_equal_shape);
    if (step < 1) return cleave::refused(cleave::need::positive_sizes);
    cleave::inference found;
    found.out = {in[0].height, cleave::ceil_div(in[0].width, step), in[0].channels};
    found.multiply_adds = found.out.size();
    return found;
  }
  constexpr std::size_t weight_count(std::span<const cleave::shape> in) const noexcept {
    return 2 * static_cast<std::size_t>(in[0].channels);
  }

  template <cleave::pack Pack>
  void run(const cleave::layer_arguments& with_these) const noexcept {
    const cleave::shape in = with_these.inputs[0].dims;
    const cleave::shape out = with_these.dims;
    const auto place = [](cleave::shape of, int y, int x) {
      return static_cast<std::ptrdiff_t>((y * of.width + x) * of.channels);
    };
    const auto lanes = static_cast<int>(Pack::lanes);
    for (int y = with_these.rows.begin; y < with_these.rows.end; ++y) {
      for (int x = 0; x < out.width; ++x) {
        const float* const first = with_these.inputs[0].data + place(in, y, x * step);
        const float* const second = with_these.inputs[1].data + place(in, y, x * step);
        float* const to = with_these.output + place(out, y, x);
        int c = 0;
        for (; c + lanes <= out.channels; c += lanes) mix<Pack>(first, second, with_these.weights, out.channels, to, c);
        for (; c < out.channels; ++c) mix<cleave::scalar_pack>(first, second, with_these.weights, out.channels, to, c);
      }
    }
  }

 private:
  template <cleave::pack Pack>
  static void mix(const float* first, const float* second, const float* weights, int channels, float* to, int c) {
    const Pack sum = Pack::load(first + c) + Pack::load(second + c);
    fma(Pack::load(weights + c), sum, Pack::load(weights + channels + c)).store(to + c);
  }
};

static_assert(cleave::layer<mixing_layer>);

}  // namespace archetypes
#endif
