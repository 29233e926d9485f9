// SPDX-License-Identifier: BSL-1.0
//
// Layers side by side with oneDNN, on the same numbers in one run: see tools/bench and docs/performance.md.
//     OMP_NUM_THREADS=1 taskset -c 3 bench_peers [--json FILE]
#include <algorithm>
#include <cleave/kernels/conv2d.hpp>
#include <cleave/kernels/dense.hpp>
#include <cleave/kernels/depthwise.hpp>
#include <cleave/kernels/winograd.hpp>
#include <cleave/kernels/winograd_weights.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../kernels/peak.hpp"
#include "../numbers.hpp"
#include "../shapes.hpp"
#include "onednn.hpp"

namespace {

using namespace cleave_bench;
namespace kernels = cleave::kernels;
using pack = cleave::native_pack;

/// Times of one contestant, in seconds.
struct samples {
  std::vector<double> all;
  double least() const { return *std::min_element(all.begin(), all.end()); }
  double median() const {
    std::vector<double> sorted = all;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

struct contestant {
  std::string name;
  std::function<void()> run;
  samples times{};
};

/// A layer: what computes it, the ratio to oneDNN's direct form that the best of all known libraries has, and whether
/// medians are compared (of what lives in memory) or minima.
struct row {
  std::string name;
  double limit;
  bool of_medians = false;
  std::vector<contestant> contestants{};
  std::shared_ptr<void> keeps{};
};

/// Runs the contestants in turns, each for 50 us or more at a time.
void race(row& of) {
  std::vector<int> batch;
  double round = 0;
  for (contestant& each : of.contestants) {
    each.run();
    const double once = least_seconds(3, each.run);
    batch.push_back(std::max(1, static_cast<int>(50e-6 / once)));
    round += once * batch.back();
  }
  const int rounds = std::clamp(static_cast<int>(1.0 / round), 20, 2000);
  for (int i = 0; i < rounds; ++i) {
    for (std::size_t k = 0; k < of.contestants.size(); ++k) {
      contestant& each = of.contestants[k];
      const double begin = seconds();
      for (int n = 0; n < batch[k]; ++n) each.run();
      each.times.all.push_back((seconds() - begin) / batch[k]);
    }
  }
}

void check_equal(const char* name, const std::vector<float>& a, const floats& b, float tolerance) {
  float largest = 0;
  float difference = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    largest = std::max(largest, std::fabs(a[i]));
    difference = std::max(difference, std::fabs(a[i] - b[i]));
  }
  if (difference > tolerance * largest) std::printf("%s: outputs differ by %g of %g\n", name, difference, largest);
}

/// Everything that a row's contestants work on.
struct tensors {
  floats in;
  floats weights;
  floats out;
  floats prepared{};
  floats scratch{};
  std::unique_ptr<onednn_layer> direct{};
  std::unique_ptr<onednn_layer> winograd{};
};

template <kernels::conv2d_shape Shape>
row convolution_row(const char* name, double limit) {
  constexpr std::size_t floats_of_weights =
      is_depthwise(Shape) ? depthwise_weights(Shape).floats() : blocked(Shape).floats();
  const auto with = std::make_shared<tensors>(tensors{
      .in = numbers(Shape.in.size(), 1), .weights = numbers(floats_of_weights, 2), .out = floats(Shape.out.size())});
  row of{name, limit};
  of.keeps = with;
  tensors* const t = with.get();
  static constexpr cleave::range all{0, Shape.out.height};
  of.contestants.push_back(
      {"cleave", [t] {
         if constexpr (is_depthwise(Shape)) {
           kernels::depthwise<Shape, pack>(t->in.data(), t->weights.data(), nullptr, t->out.data(), all);
         } else {
           kernels::conv2d<Shape, pack>(t->in.data(), t->weights.data(), nullptr, t->out.data(), all);
         }
       }});
  t->direct = onednn_layer::convolution(Shape, t->in.data(), t->weights.data(), dnnl::algorithm::convolution_direct);
  of.contestants.push_back({"oneDNN", [t] { t->direct->run(); }});
  of.contestants[0].run();
  t->direct->run();
  check_equal(name, t->direct->outputs(), t->out, 2e-5F);
  static constexpr kernels::winograd_tiling tiling = choose_winograd(Shape);
  if constexpr (tiling.edge > 0) {
    t->prepared = floats(winograd_weight_floats(Shape, tiling));
    t->scratch = floats(winograd_scratch_floats(Shape, tiling));
    winograd_prepare(Shape, tiling, t->weights.data(), t->prepared.data());
    of.contestants.push_back({"cleave, fast", [t] {
                                kernels::winograd<Shape, tiling, pack>(t->in.data(), t->prepared.data(),
                                                                       t->weights.data() + blocked(Shape).biases(),
                                                                       nullptr, t->out.data(), t->scratch.data(), all);
                              }});
    of.contestants.back().run();
    check_equal(name, t->direct->outputs(), t->out, 4e-5F);
    t->winograd =
        onednn_layer::convolution(Shape, t->in.data(), t->weights.data(), dnnl::algorithm::convolution_winograd);
    if (t->winograd) of.contestants.push_back({"oneDNN, Winograd", [t] { t->winograd->run(); }});
  }
  return of;
}

template <kernels::dense_shape Shape>
row dense_row(const char* name, double limit, bool of_medians = false) {
  const auto with = std::make_shared<tensors>(tensors{.in = numbers(static_cast<std::size_t>(Shape.inputs), 1),
                                                      .weights = numbers(blocked(Shape).floats(), 2),
                                                      .out = floats(static_cast<std::size_t>(Shape.outputs))});
  row of{name, limit, of_medians};
  of.keeps = with;
  tensors* const t = with.get();
  of.contestants.push_back(
      {"cleave", [t] {
         kernels::dense<Shape, pack>(t->in.data(), t->weights.data(), nullptr, t->out.data(), {0, Shape.outputs});
       }});
  t->direct = onednn_layer::dense(Shape, t->in.data(), t->weights.data());
  of.contestants.push_back({"oneDNN", [t] { t->direct->run(); }});
  of.contestants[0].run();
  t->direct->run();
  check_equal(name, t->direct->outputs(), t->out, 2e-5F);
  return of;
}

double time_of(const row& of, const contestant& each) {
  return of.of_medians ? each.times.median() : each.times.least();
}

/// The best of ours against oneDNN's direct form.
double ratio(const row& of) {
  double ours = 0;
  for (const contestant& each : of.contestants) {
    if (each.name.starts_with("cleave") && (ours == 0 || time_of(of, each) < ours)) ours = time_of(of, each);
  }
  return ours / time_of(of, of.contestants[1]);
}

constexpr double allowed_for_noise(const row& of) { return of.of_medians ? 0.03 : 0.02; }

void print(const row& of) {
  std::printf("%-28s", of.name.c_str());
  for (std::size_t k = 0; k < 4; ++k) {
    const contestant* found = nullptr;
    const char* const order[]{"cleave", "cleave, fast", "oneDNN", "oneDNN, Winograd"};
    for (const contestant& each : of.contestants) {
      if (each.name == order[k]) found = &each;
    }
    if (found == nullptr) {
      std::printf("%20s", "-");
    } else {
      std::printf("%10.2f /%8.2f", found->times.least() * 1e6, found->times.median() * 1e6);
    }
  }
  const double reached = ratio(of);
  std::printf("%8.3f %8.3f  %s\n", reached, of.limit, reached <= of.limit + allowed_for_noise(of) ? "yes" : "no");
}

}  // namespace

int main(int count, char** arguments) {
  const char* json = nullptr;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--json") == 0 && i + 1 < count) {
      json = arguments[++i];
    } else {
      std::fprintf(stderr, "bench_peers [--json FILE]\n");
      return 2;
    }
  }
  std::printf("peak %.1f GFLOP/s, %zu lanes; microseconds, least / median; ratio of the better of ours to oneDNN\n\n",
              measured_peak<pack>() / 1e9, pack::lanes);
  std::printf("%-28s%20s%20s%20s%20s%8s %8s  %s\n", "layer", "cleave", "cleave, fast", "oneDNN", "oneDNN, Winograd",
              "ratio", "limit", "reached");
  std::vector<row> rows;
  const auto run = [&](row each) {
    race(each);
    print(each);
    std::fflush(stdout);
    each.contestants.shrink_to_fit();
    for (contestant& one : each.contestants) one.run = nullptr;
    each.keeps.reset();
    rows.push_back(std::move(each));
  };
  run(convolution_row<resnet8_16>("3x3 16->16 @32x32", 0.697));
  run(convolution_row<resnet8_16_to_32>("3x3 s2 16->32 @32x32", 0.959));
  run(convolution_row<resnet8_64>("3x3 64->64 @8x8", 0.510));
  run(convolution_row<dscnn_pointwise>("1x1 64->64 @25x5", 0.962));
  run(convolution_row<mobilenet_pointwise>("1x1 128->128 @12x12", 1.000));
  run(convolution_row<depthwise({25, 5, 64})>("depthwise 3x3 64 @25x5", 0.603));
  run(convolution_row<depthwise_32_48x48>("depthwise 3x3 32 @48x48", 0.718));
  run(convolution_row<alexnet_2>("5x5 g2 96->256 @27x27", 1.000));
  run(convolution_row<vgg16_128_to_256>("3x3 128->256 @56x56", 0.334));
  run(convolution_row<vgg16_512>("3x3 512->512 @14x14", 0.506));
  run(convolution_row<resnet50_first>("7x7 s2 3->64 @224", 1.000));
  run(convolution_row<alexnet_1>("11x11 s4 3->96 @227", 0.991));
  run(dense_row<dense(640, 128)>("dense 640->128", 0.901));
  run(dense_row<dense(1024, 1000)>("dense 1024->1000", 1.000));
  run(dense_row<dense(9216, 4096)>("dense 9216->4096", 0.642, true));
  if (json == nullptr) return 0;
  std::FILE* const file = std::fopen(json, "w");
  if (file == nullptr) {
    std::perror(json);
    return 1;
  }
  std::fprintf(file, "[\n");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double reached = ratio(rows[i]);
    const double limit = rows[i].limit + allowed_for_noise(rows[i]);
    std::fprintf(
        file, "  {\"name\": \"%s\", \"value\": %.4f, \"limit\": %.4f, \"pass\": %s, \"command\": \"tools/bench\"}%s\n",
        rows[i].name.c_str(), reached, limit, reached <= limit ? "true" : "false", i + 1 < rows.size() ? "," : "");
  }
  std::fprintf(file, "]\n");
  return std::fclose(file) == 0 ? 0 : 1;
}
