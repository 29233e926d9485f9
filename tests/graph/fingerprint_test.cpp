// SPDX-License-Identifier: BSL-1.0
#include <cleave/graph/fingerprint.hpp>

#include <doctest/doctest.h>

#include <set>

#include "archetypes/minimal_layer.hpp"

namespace {

using namespace cleave;

/// The fingerprint of a graph of these layers behind an input named "x".
template <class... Layers>
std::uint64_t of(const Layers&... layers) {
  return fingerprint(graph{input{.height = 6, .width = 6, .channels = 4, .name = "x"}, layers...});
}

/// Whether all are sound graphs with fingerprints of their own.
template <class... Graphs>
bool all_differ(const Graphs&... graphs) {
  const std::set<std::uint64_t> found{fingerprint(graphs)...};
  return (graphs.ok() && ...) && found.size() == sizeof...(Graphs);
}

struct other_kind : archetypes::mixing_layer {
  static constexpr std::string_view kind = "mixin";
};

}  // namespace

TEST_CASE("labels are not part of a fingerprint") {
  CHECK(of(relu{.name = "a"}, sigmoid{}, add{.with = "a"}) ==
        of(relu{.name = "b"}, sigmoid{.name = "c"}, add{.with = "b"}));
  CHECK(of(relu{}, sigmoid{}) == of(relu{.name = "a"}, sigmoid{.from = "a"}));
  CHECK(of(layers{relu{}, sigmoid{}}) == of(relu{}, sigmoid{}));
}

TEST_CASE("what a layer reads is part of a fingerprint") {
  CHECK(of(relu{.name = "a"}, sigmoid{}, add{.with = "a"}) != of(relu{.name = "a"}, sigmoid{}, add{.with = "x"}));
  CHECK(of(relu{.name = "a"}, sigmoid{.name = "b"}, subtract{.with = "a", .from = "b"}) !=
        of(relu{.name = "a"}, sigmoid{.name = "b"}, subtract{.with = "b", .from = "a"}));
  CHECK(of(relu{}, sigmoid{}) != of(relu{}, sigmoid{.from = "x"}));
  CHECK(of(relu{}, sigmoid{}) != of(sigmoid{}, relu{}));
  CHECK(of(relu{}) != of(relu{}, dropout{}));
  CHECK(of(relu{.name = "a"}, sigmoid{}) != of(relu{.name = "a"}, sigmoid{}, output{.from = "a"}));
}

TEST_CASE("every number of a layer is part of a fingerprint") {
  const auto with = [](auto layer) { return graph{input{.height = 6, .width = 6, .channels = 4}, layer}; };
  CHECK(all_differ(
      with(conv2d{.channels = 4, .kernel = 1}), with(conv2d{.channels = 8, .kernel = 1}),
      with(conv2d{.channels = 4, .kernel = 3}), with(conv2d{.channels = 4, .kernel = {1, 3}}),
      with(conv2d{.channels = 4, .kernel = {3, 1}}), with(conv2d{.channels = 4, .kernel = 3, .padding = 1}),
      with(conv2d{.channels = 4, .kernel = 3, .padding = {0, 0, 1, 0}}),
      with(conv2d{.channels = 4, .kernel = 3, .padding = {1, 0, 0, 0}}),
      with(conv2d{.channels = 4, .kernel = 3, .padding = {0, 1, 0, 0}}),
      with(conv2d{.channels = 4, .kernel = 3, .padding = {0, 0, 0, 1}}),
      with(conv2d{.channels = 4, .kernel = 2, .stride = 4}), with(conv2d{.channels = 4, .kernel = 2, .stride = 3}),
      with(conv2d{.channels = 4, .kernel = 2, .stride = 3, .dilation = 2}),
      with(conv2d{.channels = 4, .kernel = 1, .groups = 2}), with(depthwise_conv2d{.kernel = 1}),
      with(locally_connected2d{.channels = 4, .kernel = 1}), with(dense{.units = 4})));
  CHECK(all_differ(with(max_pool{.kernel = 2}), with(average_pool{.kernel = 2}),
                   with(max_pool{.kernel = 2, .dilation = 2}), with(average_pool{.kernel = 2, .padding = 1}),
                   with(average_pool{.kernel = 2, .padding = 1, .count_include_pad = true})));
  CHECK(all_differ(with(relu{}), with(relu6{}), with(clip{0, 5}), with(clip{-1, 6}), with(leaky_relu{}),
                   with(leaky_relu{0.02F}), with(elu{}), with(elu{0.5F}), with(selu{}), with(selu{.alpha = 1}),
                   with(selu{.gamma = 1}), with(sigmoid{}), with(cleave::tanh{}), with(hard_sigmoid{}),
                   with(hard_sigmoid{0.25F}), with(hard_sigmoid{.beta = 0.25F}), with(hard_swish{}), with(softplus{}),
                   with(prelu{}), with(softmax{}), with(log_softmax{}), with(dropout{}), with(argmax{}),
                   with(flatten{}), with(global_max_pool{}), with(global_average_pool{})));
  CHECK(all_differ(with(batch_normalization{}), with(batch_normalization{1e-3F}),
                   with(local_response_normalization{.size = 3}), with(local_response_normalization{.size = 5}),
                   with(local_response_normalization{.size = 3, .alpha = 1}),
                   with(local_response_normalization{.size = 3, .beta = 1}),
                   with(local_response_normalization{.size = 3, .bias = 2})));
  CHECK(all_differ(with(pad{.padding = {0, 0, 0, 0}}), with(pad{.padding = {0, 0, 0, 0}, .value = 1}),
                   with(pad{.padding = {1, 0, 0, 0}}), with(pad{.padding = {0, 1, 0, 0}}), with(upsample{.factor = 1}),
                   with(upsample{.factor = {1, 2}}), with(reshape{6, 4, 6}), with(reshape{4, 6, 6})));
}

TEST_CASE("every choice of a layer is part of a fingerprint") {
  const auto with = [](auto layer) { return graph{input{.height = 4, .width = 4, .channels = 4, .name = "x"}, layer}; };
  CHECK(all_differ(with(gelu{}), with(gelu{.approximate = true}), with(swish{}), with(swish{2}), with(power_of{2}),
                   with(power_of{3}), with(cleave::exp{}), with(sine{}), with(cosine{}), with(hardmax{}),
                   with(normalize{}), with(normalize{.epsilon = 1e-6F}), with(normalize{.center = false})));
  CHECK(all_differ(with(add{.with = "x"}), with(divide{.with = "x"}), with(maximum{.with = "x"}),
                   with(minimum{.with = "x"}), with(power{.with = "x"})));
  CHECK(all_differ(with(concat{.with = {"x"}}), with(concat{.with = {"x"}, .axis = axis::height}),
                   with(concat{.with = {"x"}, .axis = axis::width})));
  CHECK(all_differ(with(pad{.padding = 3}), with(pad{.padding = {0, 0, 3, 3}, .interior = 1}),
                   with(pad{.padding = {3, 3, 0, 0}, .interior = 1})));
  CHECK(all_differ(with(transpose{.permutation = {0, 1, 2}}), with(transpose{.permutation = {1, 0, 2}}),
                   with(transpose{.permutation = {2, 1, 0}}), with(transpose{.dims = {8, 8}, .permutation = {1, 0}}),
                   with(slice{}), with(slice{.begin = {3, 0, 0}, .step = {-1, 1, 1}}),
                   with(slice{.begin = {0, 3, 0}, .step = {1, -1, 1}}), with(slice{.size = {1, 0, 0}}),
                   with(slice{.begin = {1, 0, 0}, .size = {1, 0, 0}})));
  const auto ordered = [&](int stride, int offset) {
    return with(rearrange{.channels = 2, .dims = {2}, .strides = {stride}, .offset = offset});
  };
  CHECK(all_differ(ordered(1, 0), ordered(2, 0), ordered(1, 1)));
  CHECK(all_differ(with(resize{4, 4}), with(resize{.height = 4, .width = 4, .mode = resize_mode::linear}),
                   with(resize{.height = 4, .width = 4, .coordinates = resize_coordinates::asymmetric}),
                   with(resize{.height = 4, .width = 4, .rounding = resize_rounding::ceil}),
                   with(resize{.height = 4, .width = 4, .vertical_scale = 1}),
                   with(resize{.height = 4, .width = 4, .horizontal_scale = 1})));
  CHECK(all_differ(with(reduce{}), with(reduce{reduction::sum}), with(argmax{}), with(argmax{true}), with(argmin{}),
                   with(argmin{true})));
  CHECK(all_differ(with(lstm{4}), with(lstm{4, true}), with(gru{4}), with(gru{4, true}), with(gru{4, false, true}),
                   with(rnn{4}), with(rnn{4, true}), with(lstm{5})));
}

TEST_CASE("a user's own layer is known by its kind and its fingerprint, in its place") {
  using archetypes::minimal_layer;
  using archetypes::mixing_layer;
  CHECK(of(mixing_layer{.with = "x"}) == of(mixing_layer{.with = "x", .name = "other"}));
  CHECK(of(mixing_layer{.step = 1, .with = "x"}) != of(mixing_layer{.step = 2, .with = "x"}));
  CHECK(of(mixing_layer{.step = 4, .with = "x"}) != of(mixing_layer{.step = 5, .with = "x"}));
  CHECK(of(mixing_layer{.with = "x"}) != of(other_kind{{.with = "x"}}));
  CHECK(of(minimal_layer{""}, relu{}) != of(relu{}, minimal_layer{""}));
}

namespace {

template <std::size_t Which>
struct called {
  static constexpr std::array<std::string_view, 4> kinds{"ab", "c", "a", "bc"};
  static constexpr std::string_view kind = kinds[Which];
  label name{};
  label from{};
  constexpr inference infer(std::span<const shape> in) const noexcept { return infer_unchanged(in[0]); }
  constexpr std::size_t weight_count(std::span<const shape>) const noexcept { return 0; }
  template <pack Pack>
  void run(const layer_arguments&) const noexcept {}
};

}  // namespace

TEST_CASE("the kinds of two own layers are not read as one word") {
  CHECK(of(called<0>{}, called<1>{}) != of(called<2>{}, called<3>{}));
}

TEST_CASE("fingerprints are the same in every build") {
  CHECK(of(relu{}) == 10494222251031461609U);
  CHECK(of(archetypes::mixing_layer{.step = 2, .with = "x"}) == 8116776164676343649U);
}
