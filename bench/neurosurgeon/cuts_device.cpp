// SPDX-License-Identifier: BSL-1.0
// The device's side of part b: runs one network at every cut over a slowed link, and prints a line for each:
//     cuts_device HOST PORT NETWORK LINK ROUNDS SLOWDOWN
// A slowdown above 1 makes this machine a slower device: it computes everything so many times.

#include <algorithm>
#include <chrono>
#include <cleave/network/any_cut.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/throttled.hpp>
#include <cleave/weights/random.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cut_networks.hpp"

namespace {

using seconds = std::chrono::duration<double>;

double now() { return seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// `any_cut` on a machine so many times as slow. To wait after the arithmetic would also multiply what cold caches cost
/// after a pause.
template <const auto& Graph>
class slowed {
  using real = cleave::any_cut<Graph>;

 public:
  using options = typename real::options;
  using graph_answer = typename real::graph_answer;
  using tensors = typename real::tensors;
  static constexpr const auto& graph = Graph;

  template <class Weights>
  slowed(const Weights& weights, int times) : real_(std::make_unique<real>(weights)), times_(times) {}

  cleave::status set_cut(std::size_t cut) noexcept { return real_->set_cut(cut); }
  std::uint64_t weights_fingerprint() const noexcept { return real_->weights_fingerprint(); }

  template <class... Inputs>
  tensors forward(const Inputs&... inputs) noexcept {
    for (int i = 1; i < times_; ++i) static_cast<void>(real_->forward(inputs...));
    const tensors made = real_->forward(inputs...);
    return made;
  }
  graph_answer operator()(const tensors& before) noexcept { return (*real_)(before); }

 private:
  std::unique_ptr<real> real_;
  int times_;
};

/// A sleep that does not oversleep: the last part of it is spent awake.
struct exact_sleep {
  void operator()(std::uint64_t microseconds) const {
    const double end = now() + static_cast<double>(microseconds) * 1e-6;
    if (microseconds > 400) cleave::thread_sleep{}(microseconds - 300);
    while (now() < end) {
    }
  }
};

template <const auto& Graph>
int time_cuts(const char* name, const char* host, std::uint16_t port, const neurosurgeon::cut_link& over, int rounds,
              int times) {
  const auto weights = cleave::random_weights<Graph>(1);
  slowed<Graph> device{weights, times};
  cleave::tcp::client client{host, port};
  cleave::throttled<cleave::tcp::client, exact_sleep> link{
      client,
      {.bytes_per_second = static_cast<std::uint64_t>(over.bits_per_second / 8),
       .latency_microseconds = static_cast<std::uint64_t>(over.latency_seconds * 1e6)}};
  using session_type = cleave::session<slowed<Graph>, decltype(link)>;
  const auto session = std::make_unique<session_type>(device, link, cleave::codecs::identity{},
                                                      cleave::session_options{.timeout_microseconds = 60'000'000});
  std::vector<float> pixels(Graph.nodes[0].out.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 251) / 251.0F;
  const std::span<const float, Graph.nodes[0].out.size()> input{pixels.data(), Graph.nodes[0].out.size()};

  std::vector<std::vector<double>> found(Graph.last + 1);
  for (int round = -1; round < rounds; ++round) {  // the first one connects and warms up
    for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
      if (round < 0 && cut != 0 && cut != Graph.last) continue;
      static_cast<void>(device.set_cut(cut));
      const double begin = now();
      const auto answer = (*session)(input);
      const double took = now() - begin;
      if (!answer) {
        std::fprintf(stderr, "cut %zu: %s\n", cut, cleave::message(answer.error()));
        return 1;
      }
      if (round >= 0) found[cut].push_back(took);
    }
  }
  for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
    std::sort(found[cut].begin(), found[cut].end());
    std::printf("%s,%s,%zu,%.9f,%.9f\n", name, over.name, cut, found[cut].front(), found[cut][found[cut].size() / 2]);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "cuts_device HOST PORT NETWORK LINK ROUNDS SLOWDOWN\n");
    return 2;
  }
  const std::string network = argv[3];
  const std::string link = argv[4];
  int result = 2;
  neurosurgeon::for_each_cut_network([&]<const auto & Graph>(const char* name) {
    for (const neurosurgeon::cut_link& over : neurosurgeon::cut_links) {
      if (name != network || over.name != link) continue;
      result = time_cuts<Graph>(name, argv[1], static_cast<std::uint16_t>(std::atoi(argv[2])), over, std::atoi(argv[5]),
                                std::atoi(argv[6]));
    }
  });
  return result;
}
