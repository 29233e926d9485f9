// SPDX-License-Identifier: BSL-1.0
/// @file
/// A cut that the compiler chose: predicted for a device, a server and a link, and a constant like any other.

#include <cleave/cleave.hpp>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/plan/table_profiles.hpp>
#include <cstdio>
#include <vector>

using cleave::models::djinn_alexnet;
using cleave::models::lenet5;

// [planned]
using cleave::profiles::k40, cleave::profiles::tk1_cpu;

void run(cleave::network<lenet5>& net, std::span<const float, 28 * 28> picture) {
  auto [device, remote] = net.split<cleave::best_cut<lenet5>(tk1_cpu, k40, cleave::link_model{1e9, 1e9})>();
  const auto answer = remote(device(picture));
  std::printf("LeNet-5 over a cable: layers 1 to %zu on the device, %zu numbers come back\n",
              decltype(device)::last_layer, answer.size());
}
// [/planned]

// [asked]
void ask() {
  // A picture goes as bytes. The table is made once; link, load and goal may change with every question.
  const cleave::cut_plan plan{djinn_alexnet, cleave::profiles::tk1_gpu, k40, {.bytes_per_input_element = 1}};
  const cleave::cut_choice quick = plan.best({.over = cleave::links::wifi});
  const cleave::cut_choice busy = plan.best({.over = cleave::links::wifi, .server_wait_seconds = 0.1});
  const cleave::cut_choice frugal = plan.best({.over = cleave::links::wifi}, cleave::objectives::energy_within(0.1));
  std::printf("AlexNet over Wi-Fi: cut %zu, %zu when the server is busy, %zu for the battery\n", quick.cut, busy.cut,
              frugal.cut);
}
// [/asked]

int main() {
  const auto weights = cleave::random_weights<lenet5>(1);
  cleave::network<lenet5> net{weights};
  const std::vector<float> image(28 * 28, 0.5F);
  run(net, std::span<const float, 28 * 28>{image.data(), 28 * 28});
  ask();
  return 0;
}
