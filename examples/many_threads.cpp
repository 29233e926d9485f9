// SPDX-License-Identifier: BSL-1.0
//
// A network whose steps are computed by several threads: the same bits, in less time where layers are large.
#include <array>
#include <cleave/cleave.hpp>
#include <cleave/models/resnet8.hpp>
#include <cstdio>
#include <cstring>

// [options]
struct threaded : cleave::default_options {
  using executor = cleave::thread_pool;
};
// [/options]

int main() {
  constexpr auto& net = cleave::models::resnet8;
  const auto weights = cleave::random_weights<net>(1);
  std::array<float, 32 * 32 * 3> picture;
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i % 17) * 0.1F - 0.8F;

  // [pool]
  cleave::thread_pool pool{4};  // this thread and three more
  const auto many = cleave::make_network<net, threaded>(weights, pool);
  // [/pool]
  const auto one = cleave::make_network<net>(weights);
  const auto of_many = (*many)(picture);
  const auto of_one = (*one)(picture);
  const bool same = std::memcmp(of_many.data(), of_one.data(), of_one.size_bytes()) == 0;
  std::printf("4 threads and 1 give the same bits: %s\n", same ? "yes" : "no");
}
