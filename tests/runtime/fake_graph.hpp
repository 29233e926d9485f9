// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_RUNTIME_FAKE_GRAPH_HPP
#define CLEAVE_TESTS_RUNTIME_FAKE_GRAPH_HPP

/// @file
/// A graph for tests of the server alone: three layers, of which each takes as long as a test
/// wants; and the frames that a device would send to it.

#include <array>
#include <atomic>
#include <chrono>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/runtime/served_graph.hpp>
#include <cleave/runtime/server_core.hpp>
#include <cleave/transport/frame_io.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/wire/tensor_payload.hpp>
#include <cstring>
#include <thread>
#include <vector>

namespace archetypes {

using fake_codecs = cleave::codec_set<cleave::codecs::identity, cleave::codecs::f16>;

/// Behind cut K one tensor crosses: `width(K)` floats. The answer to them is `large` floats: their sum, then the sum
/// plus 1, and so on.
struct fake_graph {
  static constexpr std::size_t last = 3;
  static constexpr std::size_t most = 64;

  static constexpr int width(std::size_t cut) { return cut == 0 ? 64 : cut == 1 ? 16 : cut == 2 ? 4 : 0; }

  std::atomic<int> milliseconds{0};  ///< that a run takes
  std::atomic<int> running{0};
  std::atomic<int> runs{0};
  int large = 2;  ///< floats of an answer

  struct runner {
    fake_graph* graph;
    std::vector<float> memory;
  };

  cleave::served_graph served() {
    static std::array<cleave::tensor_info, 3> crossing{};
    for (std::size_t cut = 0; cut < last; ++cut) crossing[cut].dims.channels = width(cut);
    static std::array<cleave::tensor_info, 1> answer{};
    answer[0] = {{1, 1, large}, cleave::dtype::float32, most * 4};
    using infos = std::span<const cleave::tensor_info>;
    return {.graph = 11,
            .weights = 22,
            .numerics = 1,
            .last = last,
            .codecs = &cleave::table_of<fake_codecs>,
            .data = this,
            .crossing = [](std::size_t cut) noexcept { return infos(crossing).subspan(cut, cut < last ? 1 : 0); },
            .outputs_after = [](std::size_t cut) noexcept { return infos(answer).first(cut < last ? 1 : 0); },
            .make = [](const void* data) noexcept -> void* {
              auto* graph = static_cast<fake_graph*>(const_cast<void*>(data));
              return new runner{graph, std::vector<float>(most + static_cast<std::size_t>(graph->large))};
            },
            .destroy = [](void* what) noexcept { delete static_cast<runner*>(what); },
            .tensor = [](void* what, const cleave::tensor_info& info) noexcept {
              return std::as_writable_bytes(std::span(static_cast<runner*>(what)->memory))
                  .subspan(info.offset, info.bytes());
            },
            .run = [](void* what, std::size_t first, std::size_t) noexcept {
              runner& own = *static_cast<runner*>(what);
              ++own.graph->running;
              const int wait = own.graph->milliseconds.load();
              if (wait > 0) std::this_thread::sleep_for(std::chrono::milliseconds(wait));
              float sum = 0;
              for (int i = 0; i < width(first - 1); ++i) sum += own.memory[static_cast<std::size_t>(i)];
              for (std::size_t i = most; i < own.memory.size(); ++i) own.memory[i] = sum++;
              --own.graph->running;
              ++own.graph->runs;
            }};
  }
};

/// A server in a thread of its own, stopped when it goes.
struct fake_server {
  explicit fake_server(cleave::server_options options = {.workers = 2}, std::uint16_t port = 0, int large = 2)
      : graph{.large = large}, core(graph.served(), options), listener(port), thread([this] { end = core.run(listener); }) {}
  ~fake_server() { stop(); }

  void stop() {
    core.stop();
    if (thread.joinable()) thread.join();
  }

  /// Waits until `ready()`: for what happens in other threads soon.
  template <class Ready>
  static bool eventually(Ready ready) {
    for (int i = 0; i < 1000; ++i) {
      if (ready()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  fake_graph graph;
  cleave::server_core core;
  cleave::tcp::listener listener;
  cleave::status end;
  std::thread thread;
};

/// A device that speaks in frames.
struct raw_device {
  explicit raw_device(std::uint16_t port, const char* host = "127.0.0.1") : link(host, port) {}

  static constexpr cleave::hello who{
      .graph = 11, .weights = 22, .codecs = 3, .numerics = 1, .max_payload_bytes = 1 << 26};

  cleave::deadline soon() { return cleave::after(link, 10'000'000); }

  cleave::errc send_bytes(std::span<const std::byte> bytes) { return write_all(link, bytes, soon()).error(); }

  /// Sends a frame with this payload.
  cleave::errc send(const cleave::frame_header& head, std::span<const std::byte> body = {}) {
    cleave::frame_encoder encoder(head, {&body, body.empty() ? 0U : 1U});
    return cleave::send(link, encoder, soon()).error();
  }

  /// Receives a frame; the payload is in `payload`.
  cleave::errc receive() { return receive(soon()); }
  cleave::errc receive(cleave::deadline by) {
    decoder.restart();
    if (const auto done = cleave::receive(link, decoder, by); !done) return done.error();
    payload.resize(decoder.header().payload_bytes);
    if (decoder.stage() == cleave::decoder_stage::decide) {
      static_cast<void>(decoder.accept(payload));
      if (const auto done = cleave::receive(link, decoder, by); !done) return done.error();
    }
    header = decoder.header();
    return header.error;
  }

  cleave::errc greet(const cleave::hello& as = who) {
    std::array<std::byte, cleave::hello_bytes> words{};
    store_hello(as, words);
    if (const auto why = send({.kind = cleave::frame_kind::hello}, words); why != cleave::errc::ok) return why;
    return receive();
  }

  /// The payload of a request behind `cut`: floats of which the first is `value` and the others 0.
  static std::vector<std::byte> tensor(std::size_t cut, float value) {
    std::vector<float> floats(static_cast<std::size_t>(fake_graph::width(cut)));
    floats[0] = value;
    std::vector<std::byte> room(4 + floats.size() * 4);
    cleave::payload_writer writer(room);
    cleave::codecs::identity codec;
    static_cast<void>(writer.add(codec, std::as_bytes(std::span(floats)), cleave::dtype::float32));
    return room;
  }

  cleave::errc ask(std::uint64_t request, std::size_t cut, float value) {
    return send({.kind = cleave::frame_kind::request,
                 .request = request,
                 .cut = static_cast<std::uint16_t>(cut),
                 .tensors = 1},
                tensor(cut, value));
  }

  /// The first float of the answer received last.
  float answer() const {
    float value = -1;
    if (payload.size() >= 8) std::memcpy(&value, payload.data() + 4, 4);
    return value;
  }

  cleave::tcp::client link;
  cleave::frame_decoder decoder{1 << 26};
  cleave::frame_header header{};
  std::vector<std::byte> payload;
};

}  // namespace archetypes
#endif
