// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_RUNTIME_LOOPBACK_SERVER_HPP
#define CLEAVE_TESTS_RUNTIME_LOOPBACK_SERVER_HPP

/// @file
/// A real graph at the other end of a loopback: gets its turn whenever the device waits.

#include <cleave/runtime/describe.hpp>
#include <cleave/runtime/server_workers.hpp>
#include <cleave/transport/loopback.hpp>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/hello.hpp>
#include <memory>
#include <vector>

namespace archetypes {

class loopback_server {
 public:
  /// Requires: `weights` outlives it.
  template <const auto& Graph, class Weights>
  static std::unique_ptr<loopback_server> make(const Weights& weights) {
    return std::make_unique<loopback_server>(
        cleave::describe<Graph, cleave::default_options, cleave::common_codecs>(weights));
  }

  explicit loopback_server(const cleave::served_graph& served) : graph(served) { device().when_waiting(*this); }
  ~loopback_server() { graph.destroy(runner_); }
  loopback_server(const loopback_server&) = delete;
  loopback_server& operator=(const loopback_server&) = delete;

  /// What the session uses.
  cleave::loopback_end& device() { return pipe_.first(); }
  void advance(std::uint64_t microseconds) { pipe_.advance(microseconds); }

  cleave::served_graph graph;
  bool deaf = false;  ///< takes nothing, as if the cable were out
  int hellos = 0;
  int requests = 0;
  std::size_t payload_bytes = 0;  ///< of the last request

  void operator()() {
    if (deaf) return;
    std::vector<std::byte> one(1);
    while (pipe_.second().read_some(one, cleave::deadline{0}).bytes == 1) {
      static_cast<void>(decoder_.feed(one));
      if (decoder_.stage() == cleave::decoder_stage::decide) {
        arriving_ = cleave::server_buffer(1 << 22, budget_);
        arriving_.resize(decoder_.header().payload_bytes + cleave::frame_trailer_bytes);
        static_cast<void>(decoder_.accept(arriving_.bytes()));
      }
      if (decoder_.stage() == cleave::decoder_stage::complete) reply(decoder_.header());
      if (!decoder_.hungry()) decoder_.restart();
    }
  }

 private:
  void reply(const cleave::frame_header& header) {
    if (header.kind == cleave::frame_kind::hello) {
      ++hellos;
      const auto theirs = cleave::load_hello(arriving_.bytes().first<cleave::hello_bytes>());
      std::vector<std::byte> frame(cleave::frame_bytes(cleave::hello_bytes));
      store_hello(graph.introduction(),
                  std::span(frame).subspan(cleave::frame_header_bytes).first<cleave::hello_bytes>());
      const auto error = agree(graph.introduction(), theirs).error();
      put(cleave::seal_frame({.kind = cleave::frame_kind::hello_reply, .error = error}, frame, cleave::hello_bytes));
    } else if (header.kind == cleave::frame_kind::request && graph.check(header, 1 << 20)) {
      ++requests;
      payload_bytes = header.payload_bytes;
      cleave::server_job job{nullptr, header, std::move(arriving_)};
      answer_job(graph, runner_, job);
      job.header.load = {3, 4};
      put(cleave::seal_frame(job.header, job.bytes.bytes(), job.header.payload_bytes));
    }
  }

  void put(std::span<const std::byte> bytes) {
    static_cast<void>(write_all(pipe_.second(), bytes, cleave::deadline{0}));
  }

  cleave::loopback<1 << 18> pipe_;
  void* runner_ = graph.make(graph.data);
  cleave::frame_decoder decoder_{1 << 22};
  cleave::memory_budget budget_{1 << 24};
  cleave::server_buffer arriving_;
};

}  // namespace archetypes
#endif
