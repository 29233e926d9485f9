// SPDX-License-Identifier: BSL-1.0
// AlexNet whole and split at five cuts, with random weights: a complete program.
#include <cstdio>
#include <memory>
#include <vector>

#include <cleave/models/alexnet.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>

namespace {

using cleave::models::alexnet;

using image = std::span<const float, 227 * 227 * 3>;

template <cleave::cut_point Cut, class Weights>
float split_at(const Weights& weights, image picture) {
  const auto device = std::make_unique<cleave::device_half<alexnet, Cut>>(weights);
  const auto remote = std::make_unique<cleave::remote_half<alexnet, Cut>>(weights);
  return (*remote)((*device)(picture))[0];
}

}  // namespace

int main() {
  const auto weights = cleave::random_weights<alexnet>(42);
  const std::vector<float> pixels(227 * 227 * 3, 0.5F);
  const image picture{pixels};
  const auto whole = cleave::make_network<alexnet>(weights);
  const float expected = (*whole)(picture)[0];
  const bool same = split_at<0>(weights, picture) == expected && split_at<"norm1">(weights, picture) == expected &&
                    split_at<"pool2">(weights, picture) == expected &&
                    split_at<"conv5">(weights, picture) == expected && split_at<"fc7">(weights, picture) == expected;
  std::puts(same ? "every half gives the bits of the whole" : "a half differs");
  return same ? 0 : 1;
}
