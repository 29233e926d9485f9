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
  std::atomic<std::thread::id> last_thread{};  ///< that ran it
  int large = 2;                               ///< floats of an answer

  struct runner {
    fake_graph* graph;
    std::vector<float> memory;
  };

  cleave::served_graph served();
};

/// A server in a thread of its own, stopped when it goes.
struct fake_server {
  explicit fake_server(cleave::server_options options = {.workers = 2}, std::uint16_t port = 0, int large = 2);
  ~fake_server();

  void stop();

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
  explicit raw_device(std::uint16_t port, const char* host = "127.0.0.1");
  ~raw_device();

  static constexpr cleave::hello who{
      .graph = 11, .weights = 22, .codecs = 3, .numerics = 1, .max_payload_bytes = 1 << 26};

  cleave::deadline soon();
  cleave::errc connect();
  cleave::errc send_bytes(std::span<const std::byte> bytes);

  /// Sends a frame with this payload.
  cleave::errc send(const cleave::frame_header& head, std::span<const std::byte> body = {});

  /// Receives a frame; the payload is in `payload`.
  cleave::errc receive() { return receive(soon()); }
  cleave::errc receive(cleave::deadline by);

  cleave::errc greet(const cleave::hello& as = who);
  cleave::errc ask(std::uint64_t request, std::size_t cut, float value);

  /// The payload of a request behind `cut`: floats of which the first is `value` and the others 0.
  static std::vector<std::byte> tensor(std::size_t cut, float value);

  /// A whole frame in one piece.
  static std::vector<std::byte> frame(const cleave::frame_header& head, std::span<const std::byte> body);

  /// The first float of the answer received last.
  float answer() const;

  cleave::tcp::client link;
  cleave::frame_decoder decoder{1 << 26};
  cleave::frame_header header{};
  std::vector<std::byte> payload;
};

}  // namespace archetypes
#endif
