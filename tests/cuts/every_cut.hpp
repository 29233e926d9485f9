// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_CUTS_EVERY_CUT_HPP
#define CLEAVE_TESTS_CUTS_EVERY_CUT_HPP

/// @file
/// A model cut behind every layer, its halves at the two ends of a link: the answer has the whole network's bits.

#include <doctest/doctest.h>

#include <array>
#include <cleave/codec/identity.hpp>
#include <cleave/core/random_bits.hpp>
#include <cleave/network/any_cut.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/runtime/server.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/weights/random.hpp>
#include <cstring>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "archetypes/chunked_transport.hpp"
#include "runtime/loopback_server.hpp"

namespace every_cut {

/// A device that cuts where it is told while it runs. The graph has one input and one answer.
template <const auto& Graph>
class device {
 public:
  static constexpr std::size_t last = Graph.last;

  device() {
    cleave::random_bits random(11);
    for (float& each : image_) each = (static_cast<float>(random.below(2049)) - 1024) / 1024;
    const auto whole = cleave::make_network<Graph>(weights);
    const auto answer = (*whole)(image());
    expected_.assign(answer.begin(), answer.end());
  }

  /// Whether the answer to a request behind `cut`, over this link, has the bits of the whole network.
  template <class Link>
  bool agrees(std::size_t cut, Link& link) {
    using session = cleave::session<cleave::any_cut<Graph>, Link>;
    const auto asks = std::make_unique<session>(*device_, link, cleave::codecs::identity{},
                                                cleave::session_options{.timeout_microseconds = 60'000'000});
    if (!device_->set_cut(cut)) return false;
    const auto answer = (*asks)(image());
    return answer && std::memcmp(answer->data(), expected_.data(), answer->size_bytes()) == 0;
  }

  const cleave::owned_weights<Graph> weights = cleave::random_weights<Graph>(42);

 private:
  using picture = std::span<const float, Graph.nodes[0].out.size()>;
  picture image() const { return picture{image_}; }

  std::unique_ptr<cleave::any_cut<Graph>> device_ = std::make_unique<cleave::any_cut<Graph>>(weights);
  std::vector<float> image_ = std::vector<float>(Graph.nodes[0].out.size());
  std::vector<float> expected_;
};

/// Behind the last layer nothing crosses: there is nothing to ask.
template <const auto& Graph>
void check_tcp() {
  device<Graph> device;
  cleave::server<Graph> server{device.weights, {.workers = 1}};
  cleave::tcp::listener listener{0};
  std::thread serving([&] { server.run(listener); });
  for (std::size_t cut = 0; cut < device.last; ++cut) {
    CAPTURE(cut);
    cleave::tcp::client link{"127.0.0.1", listener.port()};
    CHECK(device.agrees(cut, link));
  }
  server.stop();
  serving.join();
  CHECK(server.statistics().answers == device.last);
}

/// Over a link that moves few bytes a call: every size behind every cut, or one size after the other.
template <const auto& Graph>
void check_chunked(bool every_size) {
  device<Graph> device;
  const auto server = archetypes::loopback_server::make<Graph>(device.weights);
  constexpr std::array<std::size_t, 4> sizes{1, 2, 3, 7};
  for (std::size_t cut = 0; cut < device.last; ++cut) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (!every_size && i != cut % sizes.size()) continue;
      CAPTURE(cut);
      CAPTURE(sizes[i]);
      archetypes::chunked_transport link(server->device(), sizes[i]);
      CHECK(device.agrees(cut, link));
    }
  }
}

}  // namespace every_cut
#endif
