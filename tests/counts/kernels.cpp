// SPDX-License-Identifier: BSL-1.0
// Layers whose instructions tools/count counts, each a function with a name that it finds. All have a bias and a ReLU,
// and padding where they keep the size. What they compute is checked first: a kernel that is fast and wrong is
// worthless.
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/conv2d.hpp>
#include <cleave/kernels/dense.hpp>
#include <cleave/kernels/depthwise.hpp>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/reference.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/kernels/softmax.hpp>
#include <cleave/simd/native.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace {

namespace kernels = cleave::kernels;
using cleave::shape;

constexpr cleave::epilogue bias_and_relu{false, {cleave::activation_kind::relu}};
constexpr kernels::conv2d_shape conv3x3{shape{32, 32, 16}, shape{32, 32, 16}, 3, 1, 1, 1, 1, bias_and_relu};
constexpr kernels::conv2d_shape conv1x1{shape{25, 5, 64}, shape{25, 5, 64}, 1, 1, 1, 0, 1, bias_and_relu};
constexpr kernels::conv2d_shape depthwise3x3{shape{25, 5, 64}, shape{25, 5, 64}, 3, 1, 1, 1, 64, bias_and_relu};
// What compares: g++ 12 does that lane by lane on 32-bit NEON unless the pack avoids it.
constexpr shape elements{16, 16, 16};
template <cleave::activation_kind Kind>
constexpr kernels::activation_shape element_by_element{elements, {Kind, 0.125F}};
constexpr kernels::pool_shape pool2x2{elements, shape{8, 8, 16}, {2, 2}, {2, 2}};
constexpr kernels::softmax_shape softmax16{elements};
constexpr kernels::dense_shape dense640{640, 128, bias_and_relu};

alignas(64) float in[32 * 32 * 16];
alignas(64) float weights[640 * 128 + 128];
alignas(64) float out[32 * 32 * 16];

}  // namespace

extern "C" {

[[gnu::noinline]] void count_conv3x3() {
  kernels::conv2d<conv3x3, cleave::native_pack>(in, weights, nullptr, out, {0, conv3x3.out.height});
}
[[gnu::noinline]] void count_conv1x1() {
  kernels::conv2d<conv1x1, cleave::native_pack>(in, weights, nullptr, out, {0, conv1x1.out.height});
}
[[gnu::noinline]] void count_depthwise3x3() {
  kernels::depthwise<depthwise3x3, cleave::native_pack>(in, weights, nullptr, out, {0, depthwise3x3.out.height});
}
[[gnu::noinline]] void count_dense() {
  kernels::dense<dense640, cleave::native_pack>(in, weights, nullptr, out, {0, dense640.outputs});
}
[[gnu::noinline]] void count_relu() {
  kernels::activate<element_by_element<cleave::activation_kind::relu>, cleave::native_pack>(in, out, {0, 16});
}
[[gnu::noinline]] void count_floor() {
  kernels::activate<element_by_element<cleave::activation_kind::floor>, cleave::native_pack>(in, out, {0, 16});
}
[[gnu::noinline]] void count_log() {
  kernels::activate<element_by_element<cleave::activation_kind::log>, cleave::native_pack>(in, out, {0, 16});
}
[[gnu::noinline]] void count_max_pool() { kernels::max_pool<pool2x2, cleave::native_pack>(in, out, {0, 8}); }
[[gnu::noinline]] void count_softmax() { kernels::softmax<softmax16, cleave::native_pack>(in, out, {0, 16}); }
}

namespace {

void fill(float* begin, std::size_t count, std::uint32_t seed) {
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    begin[i] = static_cast<float>(static_cast<std::int32_t>(seed)) * 0x1p-32f;
  }
}

bool as_the_reference(void (*run)(), std::size_t outputs, auto reference) {
  std::fill(out, out + std::size(out), 7.0f);
  run();
  std::vector<float> wanted(outputs, 0.0f);
  reference(wanted.data());
  return std::equal(wanted.begin(), wanted.end(), out);
}

}  // namespace

int main() {
  fill(in, std::size(in), 1);
  fill(weights, std::size(weights), 2);
  const auto conv2d = [](const kernels::conv2d_shape& of) {
    return [&of](float* to) { kernels::reference::conv2d(of, in, weights, nullptr, to, {0, of.out.height}); };
  };
  const bool right =
      as_the_reference(count_conv3x3, conv3x3.out.size(), conv2d(conv3x3)) &&
      as_the_reference(count_conv1x1, conv1x1.out.size(), conv2d(conv1x1)) &&
      as_the_reference(
          count_depthwise3x3, depthwise3x3.out.size(),
          [](float* to) {
            kernels::reference::depthwise(depthwise3x3, in, weights, nullptr, to, {0, depthwise3x3.out.height});
          }) &&
      as_the_reference(count_dense, dense640.outputs, [](float* to) {
        kernels::reference::dense(dense640, in, weights, nullptr, to, {0, dense640.outputs});
      });
  // The suites check these; here they are only counted.
  for (void (*run)() : {count_relu, count_floor, count_log, count_max_pool, count_softmax}) run();
  return right ? 0 : 1;
}
