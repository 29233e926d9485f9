// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_CUTS_EVERY_CUT_HPP
#define CLEAVE_TESTS_CUTS_EVERY_CUT_HPP

/// @file
/// A model cut behind every layer, its halves at the two ends of a link: the answer has the whole network's bits.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/codec/identity.hpp>
#include <cleave/core/random_bits.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/runtime/request_channel.hpp>
#include <cleave/runtime/server.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/wire/tensor_payload.hpp>
#include <cstring>
#include <memory>
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
    std::vector<float> image(Graph.nodes[0].out.size());
    for (float& each : image) each = (static_cast<float>(random.below(2049)) - 1024) / 1024;
    const auto whole = cleave::make_network<Graph>(weights);
    const auto bytes = std::as_bytes((*whole)(std::span<const float, Graph.nodes[0].out.size()>(image)));
    expected_.assign(bytes.begin(), bytes.end());
    input_.resize(image.size() * 4);
    std::memcpy(input_.data(), image.data(), input_.size());
  }

  /// Whether the answer to a request behind `cut`, over this link, is that of the whole network.
  template <class Link>
  bool agrees(std::size_t cut, Link& link) {
    const auto served = cleave::describe<Graph, cleave::default_options, cleave::common_codecs>(weights);
    std::memcpy(runner_->tensor(runner_->crossing(0)[0]).data(), input_.data(), input_.size());
    if (cut > 0) runner_->run(1, cut);

    const auto crossing = runner_->crossing(cut);
    const auto most = served.max_payload(crossing, cleave::codec_id::identity);
    std::vector<std::byte> frame(cleave::frame_bytes(static_cast<std::uint32_t>(most)));
    cleave::payload_writer writer{std::span{frame}.subspan(cleave::frame_header_bytes, most)};
    cleave::codecs::identity codec;
    for (const auto& each : crossing) {
      if (!writer.add(codec, runner_->tensor(each), each.type)) return false;
    }
    const cleave::frame_header header{.kind = cleave::frame_kind::request,
                                      .request = cut + 1,
                                      .cut = static_cast<std::uint16_t>(cut),
                                      .tensors = static_cast<std::uint16_t>(crossing.size())};
    const auto sealed = cleave::seal_frame(header, frame, static_cast<std::uint32_t>(writer.size()));

    cleave::hello ours = served.introduction();
    ours.max_payload_bytes = static_cast<std::uint32_t>(served.max_answer());
    cleave::request_channel channel(link, ours);
    std::vector<std::byte> room(served.max_answer() + cleave::frame_trailer_bytes);
    const cleave::session_options patient{.timeout_microseconds = 60'000'000};
    if (!channel.ask(sealed, cut + 1, room, patient)) return false;
    std::vector<std::byte> answer(expected_.size());
    cleave::payload_reader reader(std::span<const std::byte>(room).first(channel.answer().payload_bytes));
    return reader.take(codec, cleave::dtype::float32, answer) && reader.finish() && answer == expected_;
  }

  const cleave::owned_weights<Graph> weights = cleave::random_weights<Graph>(42);

 private:
  std::unique_ptr<cleave::cut_runner<Graph>> runner_ = std::make_unique<cleave::cut_runner<Graph>>(weights);
  std::vector<std::byte> input_;
  std::vector<std::byte> expected_;
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
