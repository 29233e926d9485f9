// SPDX-License-Identifier: BSL-1.0
// The server's side of part b: serves every network on a port of its own until its input ends; prints `NETWORK PORT`
// for each, then `end`.

#include <cleave/runtime/server.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/weights/random.hpp>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "cut_networks.hpp"

namespace {

/// Runs while the function given is called.
template <const auto& Graph>
class served {
 public:
  explicit served(const char* name) : thread_([this] { server_.run(listener_); }) {
    std::printf("%s %d\n", name, listener_.port());
  }
  ~served() {
    server_.stop();
    thread_.join();
  }
  served(const served&) = delete;
  served& operator=(const served&) = delete;

 private:
  decltype(cleave::random_weights<Graph>(1)) weights_ = cleave::random_weights<Graph>(1);
  cleave::server<Graph> server_{weights_, {.workers = 1}};
  cleave::tcp::listener listener_{0};
  std::thread thread_;
};

}  // namespace

int main() {
  std::vector<std::shared_ptr<void>> all;
  neurosurgeon::for_each_cut_network(
      [&]<const auto & Graph>(const char* name) { all.push_back(std::make_shared<served<Graph>>(name)); });
  std::printf("end\n");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
