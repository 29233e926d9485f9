// SPDX-License-Identifier: BSL-1.0
// Layers whose instructions and sizes tests/firmware/measure.py takes, each in a function that it finds by name. What
// they compute is compared with the plain loops, bit by bit: the exit status is the number of the first that differs.
#include <bit>
#include <cstddef>
#include <cstdint>

#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/conv2d.hpp>
#include <cleave/kernels/dense.hpp>
#include <cleave/kernels/depthwise.hpp>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/reference.hpp>
#include <cleave/kernels/softmax.hpp>
#include <cleave/simd/native.hpp>

namespace {

namespace kernels = cleave::kernels;
using cleave::activation;
using cleave::activation_kind;
using cleave::native_pack;
using cleave::shape;

constexpr cleave::epilogue relu{false, {activation_kind::relu}};
constexpr kernels::conv2d_shape conv3x3{.in = {32, 32, 16}, .out = {32, 32, 16}, .kernel = 3, .pad = 1, .post = relu};
constexpr kernels::conv2d_shape conv1x1{.in = {25, 5, 64}, .out = {25, 5, 64}, .kernel = 1, .post = relu};
constexpr kernels::conv2d_shape depthwise3x3{
    .in = {25, 5, 64}, .out = {25, 5, 64}, .kernel = 3, .pad = 1, .groups = 64, .post = relu};
constexpr kernels::dense_shape dense640{640, 128, relu};
// The first layer of a network for spoken words.
constexpr kernels::conv2d_shape conv10x4{
    .in = {49, 10, 1}, .out = {25, 5, 64}, .kernel = {10, 4}, .stride = 2, .pad = {4, 1, 5, 1}, .post = relu};
constexpr kernels::pool_shape pool2x2{.in = {32, 32, 16}, .out = {16, 16, 16}, .kernel = 2, .stride = 2};
constexpr kernels::softmax_shape softmax12{{1, 1, 12}};
constexpr kernels::activation_shape relu_of{{32, 32, 16}, {activation_kind::relu}};
constexpr kernels::activation_shape sigmoid_of{{25, 5, 64}, {activation_kind::sigmoid}};
constexpr kernels::activation_shape tanh_of{{25, 5, 64}, {activation_kind::tanh}};

// The boards have room for one set of each; a reference writes behind the weights that its layer has.
float in[32 * 32 * 16];
float weights[640 * 128 + 128];
float out[32 * 32 * 16];
float few[128];
float* const behind = weights + 65000;

}  // namespace

extern "C" {
#define LAYER(name, ...) \
  [[gnu::noinline]] void measure_##name() { __VA_ARGS__; }
LAYER(conv3x3, kernels::conv2d<conv3x3, native_pack>(in, weights, nullptr, out, {0, 32}))
LAYER(conv1x1, kernels::conv2d<conv1x1, native_pack>(in, weights, nullptr, out, {0, 25}))
LAYER(depthwise3x3, kernels::depthwise<depthwise3x3, native_pack>(in, weights, nullptr, out, {0, 25}))
LAYER(dense640, kernels::dense<dense640, native_pack>(in, weights, nullptr, out, {0, 128}))
LAYER(conv10x4, kernels::conv2d<conv10x4, native_pack>(in, weights, nullptr, out, {0, 25}))
LAYER(pool2x2, kernels::max_pool<pool2x2, native_pack>(in, out, {0, 16}))
LAYER(softmax12, kernels::softmax<softmax12, native_pack>(in, out, {0, 1}))
LAYER(relu, kernels::activate<relu_of, native_pack>(in, out, {0, 32}))
LAYER(sigmoid, kernels::activate<sigmoid_of, native_pack>(in, out, {0, 25}))
LAYER(tanh, kernels::activate<tanh_of, native_pack>(in, out, {0, 25}))
#undef LAYER
}

namespace {

void fill(float* begin, std::size_t count, std::uint32_t seed) {
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    begin[i] = static_cast<float>(static_cast<std::int32_t>(seed)) * 0x1p-29F;
  }
}

int checked = 0;

/// Whether a layer computes what its reference does.
template <class Reference>
bool agrees(void (*layer)(), float* wanted, std::size_t count, Reference reference) {
  ++checked;
  fill(out, count, 3);
  layer();
  reference(wanted);
  for (std::size_t i = 0; i < count; ++i) {
    if (std::bit_cast<std::uint32_t>(out[i]) != std::bit_cast<std::uint32_t>(wanted[i])) return false;
  }
  return true;
}

bool agrees(void (*layer)(), const kernels::conv2d_shape& of) {
  return agrees(layer, behind, of.out.size(), [&](float* wanted) {
    if (kernels::is_depthwise(of)) {
      kernels::reference::depthwise(of, in, weights, nullptr, wanted, {0, of.out.height});
    } else {
      kernels::reference::conv2d(of, in, weights, nullptr, wanted, {0, of.out.height});
    }
  });
}

bool agrees(void (*layer)(), const kernels::activation_shape& of) {
  return agrees(layer, behind, of.out.size(), [&](float* wanted) {
    kernels::reference::activate(of, in, wanted, {0, of.out.height});
  });
}

}  // namespace

int main() {
  fill(in, sizeof in / sizeof *in, 1);
  fill(weights, sizeof weights / sizeof *weights, 2);
  const bool all = agrees(measure_dense640, few, 128,
                          [](float* wanted) {
                            kernels::reference::dense(dense640, in, weights, nullptr, wanted, {0, 128});
                          }) &&
                   agrees(measure_conv3x3, conv3x3) && agrees(measure_conv1x1, conv1x1) &&
                   agrees(measure_depthwise3x3, depthwise3x3) && agrees(measure_conv10x4, conv10x4) &&
                   agrees(measure_pool2x2, behind, pool2x2.out.size(),
                          [](float* wanted) {
                            kernels::reference::max_pool(pool2x2, in, wanted, {0, 16});
                          }) &&
                   agrees(measure_softmax12, behind, 12,
                          [](float* wanted) {
                            kernels::reference::softmax(softmax12, false, in, wanted, {0, 1});
                          }) &&
                   agrees(measure_relu, relu_of) && agrees(measure_sigmoid, sigmoid_of) &&
                   agrees(measure_tanh, tanh_of);
  return all ? 0 : checked;
}
